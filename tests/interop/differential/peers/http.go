// http request|response: Go's net/http. Records on standard input, a line for each on standard output.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
)

var word = regexp.MustCompile(`[^a-zA-Z]+`)

func reason(err error) string {
	if err == io.EOF || err == io.ErrUnexpectedEOF || strings.Contains(err.Error(), "unexpected EOF") {
		return "truncated"
	}
	text := regexp.MustCompile(`".*|\d.*`).ReplaceAllString(err.Error(), "")
	return "error net/http " + strings.Trim(word.ReplaceAllString(text, "-"), "-")
}

func parse(stream []byte, response bool, out *bufio.Writer) string {
	source := bytes.NewReader(stream)
	reader := bufio.NewReader(source)
	for {
		// Go passes over no blank line itself; net/http's Transport and Server do not meet one here.
		if left, _ := reader.Peek(1); len(left) == 0 {
			return "end"
		}
		var body io.ReadCloser
		if response {
			message, err := http.ReadResponse(reader, nil)
			if err != nil {
				return reason(err)
			}
			body = message.Body
		} else {
			message, err := http.ReadRequest(reader)
			if err != nil {
				return reason(err)
			}
			body = message.Body
		}
		size, err := io.Copy(io.Discard, body)
		if err != nil {
			return reason(err)
		}
		fmt.Fprintf(out, "%d:%d ", len(stream)-source.Len()-reader.Buffered(), size)
	}
}

func main() {
	records, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for len(records) > 0 {
		size := binary.BigEndian.Uint32(records)
		verdict := parse(records[4:4+size], os.Args[1] == "response", out)
		fmt.Fprintln(out, verdict)
		records = records[4+size:]
	}
}
