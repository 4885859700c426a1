// What --help says below the options.

#ifndef UNSTICK_SRC_CLI_HELP_TEXT_H_
#define UNSTICK_SRC_CLI_HELP_TEXT_H_

namespace unstick::inline v0::cli {

inline constexpr const char* kFramings =
    "Framings: length, varint, ascii, headers, delim, line, fixed, table, list, chunks, walk, "
    "switch,\n"
    "unstick, with options behind a colon and clauses behind semicolons; or a preset's name, with "
    "its\n"
    "options behind commas. unstick presets lists those, unstick presets SPEC draws any of them, "
    "and\n"
    "docs/framer-spec.md has the grammar:\n"
    "  length:width=2,endian=little   delim:end='||'   varint;check=crc32c   "
    "kafka,max=1MiB";

inline constexpr const char* kProgramFooter =
    "unstick COMMAND --help explains a command.\n\n"
    "Exit codes: 0 done; 2 usage (unknown option, wrong framing, wrong endpoint); 3 the bytes "
    "broke\n"
    "the framing, or a payload cannot be framed; 4 input or output failed.";

inline constexpr const char* kDecodeFooter =
    "Formats: jsonl has every event, an object a line: frames (payload in hex), gaps, and the end "
    "or\n"
    "an error last. text, hex and raw have the payloads alone: a line each with everything\n"
    "unprintable escaped, a line each in hex, or one after another as they are. none has nothing "
    "but\n"
    "the exit code. Gaps and errors are told on standard error. Where reading fails, the\n"
    "last line's error is \"io\" and its offset how much could be read.\n\n"
    "The output never depends on how the bytes were cut: --chunk and --chunk-random let you "
    "see.\n\n"
    "Examples:\n"
    "  printf '\\0\\0\\0\\5hello\\0\\0\\0\\2ok' | unstick decode length\n"
    "  unstick decode line capture.log --output text --on-error skip --max 4KiB\n"
    "  unstick decode \"delim:end='||'\" --chunk-random 7 < stream.bin";

inline constexpr const char* kEncodeFooter =
    "Formats: jsonl has an object a line, with \"payload\" in hex or \"text\"; what decode writes "
    "is\n"
    "read too. lines and hex have a message a line; raw is one message in all. A payload that the\n"
    "framing cannot carry stops it (exit 3), after the frames of the messages before it; the "
    "message\n"
    "names it by its number, counted from 0 as decode counts frames. So does a line that is no\n"
    "message.\n\n"
    "Examples:\n"
    "  echo '{\"text\":\"hello\"}' | unstick encode length:width=2 | unstick decode "
    "length:width=2\n"
    "  unstick encode varint --input lines words.txt > words.bin\n"
    "  unstick decode line old.log | unstick encode unstick > new.bin";

inline constexpr const char* kDemoFooter =
    "Glued and torn reads on a loopback TCP connection, sleep() that does not help, then each\n"
    "framing strategy rebuilding every message, UDP, and typed messages. Takes a second or two,\n"
    "needs no network. Exit code 0 only if everything that was shown held.\n\n"
    "Example:\n"
    "  unstick demo";

inline constexpr const char* kEndpoints =
    "Endpoints: tcp:HOST:PORT, udp:HOST:PORT, unix:PATH, tls:HOST:PORT. An empty host means every\n"
    "interface when listening, port 0 any free port; IPv6 addresses stand in brackets:\n"
    "tcp:[::1]:4000.";

inline constexpr const char* kServeFooter =
    "Prints \"listening on ENDPOINT\" with the port that was chosen, then serves any number of\n"
    "clients at once. What one of them does wrong ends that one, and standard error has it. "
    "Ctrl-C\n"
    "answers what has arrived, waits up to 10 s for a frame that has begun, and ends; a second "
    "one\n"
    "ends at once.\n\n"
    "Examples:\n"
    "  unstick echo serve tcp::4000 --framing line --timestamp     (then: nc localhost 4000)\n"
    "  unstick echo serve unix:/tmp/echo.sock --framing length:width=2\n"
    "  unstick echo serve tls::4433 --framing line --cert cert.pem --key key.pem";

inline constexpr const char* kCallFooter =
    "Each message is sent when the reply to the one before has been printed. On a terminal there "
    "is\n"
    "a prompt, and bytes of a reply that could disturb it are escaped. No reply in time: exit "
    "4.\n"
    "What begins with a dash is a message behind \"--\". TIME: 500us, 20ms, 5s, 2m.\n\n"
    "Examples:\n"
    "  unstick echo call tcp:localhost:4000 --framing line hello 'how are you'\n"
    "  seq 3 | unstick echo call udp:localhost:4000 --framing length --timeout 500ms\n"
    "  unstick echo call tls:localhost:4433 --framing line --ca cert.pem hello";

inline constexpr const char* kDetectFooter =
    "The bytes of one direction, from the start of a connection. Looks at the first 1 MiB, tries\n"
    "every framing that has a name, and ranks those that explain the bytes by how unlikely it is\n"
    "that others would fit as well. Under 28 bits of evidence it is a guess. Framings that are "
    "the\n"
    "same but for names and limits are one entry. Nothing fits: exit 3.\n\n"
    "Examples:\n"
    "  unstick detect capture.bin\n"
    "  unstick detect --side server --json < replies.bin";

inline constexpr const char* kInspectFooter =
    "Each frame starts a line. Bars stand between header, payload and trailer, and around what is "
    "none of\n"
    "them: a preamble, bytes between frames, a gap, the bytes that broke the framing; on a "
    "terminal "
    "these\n"
    "have colours. Numbers on the left are offsets in the stream. Of long stretches the middle is "
    "left\n"
    "out. Fragments are drawn one by one.\n\n"
    "Examples:\n"
    "  printf '\\0\\5hello\\0\\2ok' | unstick inspect length:width=2\n"
    "  unstick inspect http1 capture.bin | less";

inline constexpr const char* kPresetsFooter =
    "Without a NAME: name, strategy, spec and reference of each, a line each. With one: who speaks "
    "it,\n"
    "where it is written down, and its bytes as a picture made from the spec. Options may follow "
    "the\n"
    "name, and any spec will do.\n\n"
    "Examples:\n"
    "  unstick presets | grep RFC\n"
    "  unstick presets websocket\n"
    "  unstick presets 'length:width=2,align=4;check=crc32c'";

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_HELP_TEXT_H_
