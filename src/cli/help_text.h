// What --help says below the options.

#ifndef UNSTICK_SRC_CLI_HELP_TEXT_H_
#define UNSTICK_SRC_CLI_HELP_TEXT_H_

namespace unstick::inline v0::cli {

inline constexpr const char* kFramings =
    R"(Framings: length, varint, ascii, headers, delim, line, fixed, table, list, chunks, walk,
switch, unstick, with options behind a colon and clauses behind semicolons; or a preset's
name, with its options behind commas. unstick presets lists those, unstick presets SPEC
draws any of them, and docs/framer-spec.md has the grammar:
  length:width=2,endian=little   delim:end='||'   varint;check=crc32c   kafka,max=1MiB)";

inline constexpr const char* kProgramFooter =
    R"(unstick COMMAND --help explains a command.

Exit codes: 0 done; 2 usage (unknown option, wrong framing, wrong endpoint); 3 the bytes
broke the framing, or a payload cannot be framed; 4 input or output failed.)";

inline constexpr const char* kDecodeFooter =
    R"(Formats: jsonl has every event, an object a line: frames (payload in hex), gaps, and the end
or an error last. text, hex and raw have the payloads alone: a line each with everything
unprintable escaped, a line each in hex, or one after another as they are. none has nothing
but the exit code. Gaps and errors are told on standard error. Where reading fails, the last
line's error is "io" and its offset how much could be read.

The output never depends on how the bytes were cut: --chunk and --chunk-random let you see.

Examples:
  printf '\0\0\0\5hello\0\0\0\2ok' | unstick decode length
  unstick decode line capture.log --output text --on-error skip --max 4KiB
  unstick decode "delim:end='||'" --chunk-random 7 < stream.bin)";

inline constexpr const char* kEncodeFooter =
    R"(Formats: jsonl has an object a line, with "payload" in hex or "text"; what decode writes is
read too. lines and hex have a message a line; raw is one message in all. A payload that the
framing cannot carry stops it (exit 3), after the frames of the messages before it; the
message names it by its number, counted from 0 as decode counts frames. So does a line that
is no message. "header" and "trailer", as decode --headers writes them, stand around the
payload if the frame reads back; a length that does not fit is written anew. So the stream
comes back to the byte, unless it has chunks, fragments (try --no-join) or odd escapes.

Examples:
  echo '{"text":"hello"}' | unstick encode length:width=2 | unstick decode length:width=2
  unstick encode varint --input lines words.txt > words.bin
  unstick decode line old.log | unstick encode unstick > new.bin
  printf '0\5\0\1tHi' | unstick decode --headers mqtt | unstick encode mqtt > same.bin)";

inline constexpr const char* kDemoFooter =
    R"(Glued and torn reads on a loopback TCP connection, sleep() that does not help, then each
framing strategy rebuilding every message, UDP, and typed messages. Takes a second or two,
needs no network. Exit code 0 only if everything that was shown held.

Example:
  unstick demo)";

inline constexpr const char* kEndpoints =
    R"(Endpoints: tcp:HOST:PORT, udp:HOST:PORT, unix:PATH, tls:HOST:PORT. An empty host means every
interface when listening, port 0 any free port; IPv6 addresses stand in brackets:
tcp:[::1]:4000.)";

inline constexpr const char* kServeFooter =
    R"(Prints "listening on ENDPOINT" with the port that was chosen, then serves any number of
clients at once. What one of them does wrong ends that one, and standard error has it.
Ctrl-C answers what has arrived, waits for a frame that has begun while its bytes come (10 s
at most), and ends; a second one ends at once.

Examples:
  unstick echo serve tcp::4000 --framing line --timestamp     (then: nc localhost 4000)
  unstick echo serve unix:/tmp/echo.sock --framing length:width=2
  unstick echo serve tls::4433 --framing line --cert cert.pem --key key.pem)";

inline constexpr const char* kCallFooter =
    R"(Each message is sent when the reply to the one before has been printed. On a terminal there
is a prompt, and bytes of a reply that could disturb it are escaped. No reply in time: exit
4. What begins with a dash is a message behind "--". TIME: 500us, 20ms, 5s, 2m.

Examples:
  unstick echo call tcp:localhost:4000 --framing line hello 'how are you'
  seq 3 | unstick echo call udp:localhost:4000 --framing length --timeout 500ms
  unstick echo call tls:localhost:4433 --framing line --ca cert.pem hello)";

inline constexpr const char* kDetectFooter =
    R"(The bytes of one direction, from the start of a connection. Looks at the first 1 MiB, tries
every framing that has a name, and ranks those that explain the bytes by how unlikely it is
that others would fit as well. Under 28 bits of evidence it is a guess. Framings that are
the same but for names and limits are one entry. Nothing fits: exit 3.

Examples:
  unstick detect capture.bin
  unstick detect --side server --json < replies.bin)";

inline constexpr const char* kInspectFooter =
    R"(Each frame starts a line. Bars stand between header, payload and trailer, and around what is
none of them: a preamble, bytes between frames, a gap, the bytes that broke the framing; on
a terminal these have colours. Numbers on the left are offsets in the stream. Of long
stretches the middle is left out. Fragments are drawn one by one.

Examples:
  printf '\0\5hello\0\2ok' | unstick inspect length:width=2
  unstick inspect http1 capture.bin | less)";

inline constexpr const char* kPresetsFooter =
    R"(Without a NAME: name, strategy, spec and reference of each, a line each. With one: who
speaks it, where it is written down, and its bytes as a picture made from the spec. Options
may follow the name, and any spec will do.

Examples:
  unstick presets | grep RFC
  unstick presets websocket
  unstick presets 'length:width=2,align=4;check=crc32c')";

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_HELP_TEXT_H_
