// Go's own ways to find messages in a stream.
//
//	echo server CODEC               prints its port and echoes messages of one connection
//	echo client CODEC PORT FILE     takes the steps in FILE
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"net/textproto"
	"os"
)

type codec struct {
	read  func() ([]byte, error) // io.EOF at the end
	write func([]byte) error
}

// A number in front, as encoding/binary reads and writes it.
func prefixed[N uint16 | uint32 | uint64](r *bufio.Reader, w *bufio.Writer, order binary.ByteOrder) codec {
	return codec{
		func() ([]byte, error) {
			var size N
			if err := binary.Read(r, order, &size); err != nil {
				return nil, err
			}
			message := make([]byte, size)
			_, err := io.ReadFull(r, message)
			return message, err
		},
		func(message []byte) error {
			if err := binary.Write(w, order, N(len(message))); err != nil {
				return err
			}
			_, err := w.Write(message)
			return err
		},
	}
}

func uvarint(r *bufio.Reader, w *bufio.Writer) codec {
	return codec{
		func() ([]byte, error) {
			size, err := binary.ReadUvarint(r)
			if err != nil {
				return nil, err
			}
			message := make([]byte, size)
			_, err = io.ReadFull(r, message)
			return message, err
		},
		func(message []byte) error {
			if _, err := w.Write(binary.AppendUvarint(nil, uint64(len(message)))); err != nil {
				return err
			}
			_, err := w.Write(message)
			return err
		},
	}
}

func scanner(r *bufio.Reader, w *bufio.Writer) codec {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<24)
	return codec{
		func() ([]byte, error) {
			if !lines.Scan() {
				if lines.Err() != nil {
					return nil, lines.Err()
				}
				return nil, io.EOF
			}
			return lines.Bytes(), nil
		},
		func(message []byte) error {
			_, err := w.Write(append(append([]byte{}, message...), '\n'))
			return err
		},
	}
}

func values(r *bufio.Reader, w *bufio.Writer) codec {
	decoder := json.NewDecoder(r)
	return codec{
		func() ([]byte, error) {
			var value json.RawMessage
			err := decoder.Decode(&value)
			return value, err
		},
		func(message []byte) error {
			_, err := w.Write(message)
			return err
		},
	}
}

// net/textproto has LF inside and a line's end at the end.
func dots(r *bufio.Reader, w *bufio.Writer) codec {
	reader, writer := textproto.NewReader(r), textproto.NewWriter(w)
	return codec{
		func() ([]byte, error) {
			if _, err := r.Peek(1); err != nil {
				return nil, err
			}
			text, err := reader.ReadDotBytes()
			return bytes.ReplaceAll(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"), []byte("\r\n")), err
		},
		func(message []byte) error {
			dot := writer.DotWriter()
			if _, err := dot.Write(append(append([]byte{}, message...), "\r\n"...)); err != nil {
				return err
			}
			return dot.Close()
		},
	}
}

// The chunked coding of HTTP/1.1, without trailer fields.
func chunked(r *bufio.Reader, w *bufio.Writer) codec {
	return codec{
		func() ([]byte, error) {
			if _, err := r.Peek(1); err != nil {
				return nil, err
			}
			message, err := io.ReadAll(httputil.NewChunkedReader(r))
			if err == nil {
				_, err = textproto.NewReader(r).ReadLine()
			}
			return message, err
		},
		func(message []byte) error {
			chunks := httputil.NewChunkedWriter(w)
			for len(message) > 0 {
				n := (len(message) + 2) / 3
				if _, err := chunks.Write(message[:n]); err != nil {
					return err
				}
				message = message[n:]
			}
			if err := chunks.Close(); err != nil {
				return err
			}
			_, err := w.WriteString("\r\n")
			return err
		},
	}
}

func newCodec(name string, r *bufio.Reader, w *bufio.Writer) codec {
	switch name {
	case "uint16be":
		return prefixed[uint16](r, w, binary.BigEndian)
	case "uint32le":
		return prefixed[uint32](r, w, binary.LittleEndian)
	case "uint64be":
		return prefixed[uint64](r, w, binary.BigEndian)
	case "uvarint":
		return uvarint(r, w)
	case "scanner":
		return scanner(r, w)
	case "json":
		return values(r, w)
	case "dots":
		return dots(r, w)
	case "chunked":
		return chunked(r, w)
	}
	panic("no codec " + name)
}

func serve(name string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("port", listener.Addr().(*net.TCPAddr).Port)
	connection, err := listener.Accept()
	if err != nil {
		return err
	}
	defer connection.Close()
	w := bufio.NewWriter(connection)
	c := newCodec(name, bufio.NewReader(connection), w)
	for {
		message, err := c.read()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = c.write(message)
		}
		if err == nil {
			err = w.Flush()
		}
		if err != nil {
			return err
		}
	}
}

func call(name, port, file string) error {
	steps, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	connection, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		return err
	}
	defer connection.Close()
	w := bufio.NewWriter(connection)
	c := newCodec(name, bufio.NewReader(connection), w)
	for len(steps) > 0 {
		size := binary.BigEndian.Uint32(steps[1:])
		kind, said := steps[0], steps[5:5+size]
		steps = steps[5+size:]
		if kind == 's' {
			if err := c.write(said); err != nil {
				return err
			}
			continue
		}
		if err := w.Flush(); err != nil {
			return err
		}
		message, err := c.read()
		if err != nil {
			return err
		}
		if !bytes.Equal(message, said) {
			return fmt.Errorf("expected %.40q, got %.40q", said, message)
		}
	}
	return w.Flush()
}

func main() {
	var err error
	if os.Args[1] == "server" {
		err = serve(os.Args[2])
	} else {
		err = call(os.Args[2], os.Args[3], os.Args[4])
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
