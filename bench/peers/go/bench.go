// Go's bufio at work.
//
//	bench         answers requests (bench/driver/programs.py) with nanoseconds a frame
//	bench serve   prints its port and serves frames with a 4-byte length: what starts with 'S' is
//	              swallowed, anything else echoed, many replies to a write
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// chunks reads at most one chunk at a time, as a socket does.
type chunks struct {
	bytes []byte
	chunk int
	at    int
}

func (c *chunks) Read(to []byte) (int, error) {
	if c.at == len(c.bytes) {
		return 0, io.EOF
	}
	end := c.at - c.at%c.chunk + c.chunk
	if end > len(c.bytes) {
		end = len(c.bytes)
	}
	n := copy(to, c.bytes[c.at:end])
	c.at += n
	return n, nil
}

var total int

func use(frame []byte) {
	total += len(frame)
	if len(frame) > 0 {
		total += int(frame[0])
	}
}

func frame(from *bufio.Reader, body []byte) ([]byte, error) {
	var header [4]byte
	if _, err := io.ReadFull(from, header[:]); err != nil {
		return body, err
	}
	size := int(binary.BigEndian.Uint32(header[:]))
	if size > cap(body) {
		body = make([]byte, size)
	}
	body = body[:size]
	_, err := io.ReadFull(from, body)
	return body, err
}

func length(stream []byte, chunk int) (frames int) {
	from := bufio.NewReaderSize(&chunks{bytes: stream, chunk: chunk}, 65536)
	var body []byte
	var err error
	for {
		if body, err = frame(from, body); err != nil {
			return frames
		}
		use(body)
		frames++
	}
}

func lines(stream []byte, chunk int) (frames int) {
	scanner := bufio.NewScanner(&chunks{bytes: stream, chunk: chunk})
	scanner.Buffer(make([]byte, 65536), 1<<20)
	for scanner.Scan() {
		use(scanner.Bytes())
		frames++
	}
	return frames
}

// What this process has run, as Google Benchmark counts it too: nobody pays for a busy neighbour.
func cpuTime() time.Duration {
	var used syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func measure(seconds float64, pass func() int) float64 {
	start := cpuTime()
	for frames := 0; ; {
		frames += pass()
		if took := cpuTime() - start; took.Seconds() >= seconds {
			return float64(took.Nanoseconds()) / float64(frames)
		}
	}
}

func answer() {
	requests := bufio.NewScanner(os.Stdin)
	for requests.Scan() {
		words := strings.Fields(requests.Text())
		chunk, _ := strconv.Atoi(words[2])
		seconds, _ := strconv.ParseFloat(words[3], 64)
		work := map[string]func([]byte, int) int{"length": length, "lf": lines, "crlf": lines}[words[0]]
		if work == nil {
			fmt.Println("-")
			continue
		}
		stream, err := os.ReadFile(words[1])
		if err != nil {
			panic(err)
		}
		fmt.Println(measure(seconds, func() int { return work(stream, chunk) }))
	}
}

func echo(connection net.Conn) {
	defer connection.Close()
	from, to := bufio.NewReaderSize(connection, 65536), bufio.NewWriterSize(connection, 65536)
	var body []byte
	var err error
	for {
		if body, err = frame(from, body); err != nil {
			return
		}
		if len(body) == 0 || body[0] != 'S' {
			var header [4]byte
			binary.BigEndian.PutUint32(header[:], uint32(len(body)))
			to.Write(header[:])
			to.Write(body)
		}
		if from.Buffered() < 4 && to.Flush() != nil {
			return
		}
	}
}

func main() {
	if len(os.Args) == 1 {
		answer()
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("port", listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go echo(connection)
	}
}
