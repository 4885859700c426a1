// node llhttp.js request|response: node's own HTTP parser, llhttp. One byte at a time: only so does it
// tell where a message ends. Records on standard input, a line for each on standard output.
'use strict';
process.noDeprecation = true;
const {HTTPParser} = process.binding('http_parser');
const type = process.argv[2] === 'response' ? HTTPParser.RESPONSE : HTTPParser.REQUEST;
const oneByte = Array.from({length: 256}, (_, i) => Buffer.from([i]));

let ends, at, size, upgraded;
const parser = new HTTPParser();
parser[HTTPParser.kOnMessageBegin] = () => { size = 0; };
parser[HTTPParser.kOnHeaders] = () => {};
parser[HTTPParser.kOnHeadersComplete] = (...a) => { upgraded = a[7]; return 0; };
parser[HTTPParser.kOnBody] = (bytes) => { size += bytes.length; };
parser[HTTPParser.kOnMessageComplete] = () => { ends.push(at + ':' + size); };

function parse(bytes) {
  ends = []; at = 0; size = 0; upgraded = false;
  parser.initialize(type, {});
  for (const byte of bytes) {
    ++at;
    const result = parser.execute(oneByte[byte]);
    if (result instanceof Error) return 'error ' + result.code + ' ' + String(result.reason).replace(/\s+/g, '-');
    if (upgraded) return 'upgraded';
  }
  const result = parser.finish();
  if (result instanceof Error) {
    return result.code === 'HPE_INVALID_EOF_STATE' ? 'truncated' : 'error ' + result.code + ' at-end';
  }
  return 'end';
}

const records = require('fs').readFileSync(0);
const lines = [];
for (let i = 0; i < records.length;) {
  const length = records.readUInt32BE(i);
  const verdict = parse(records.subarray(i + 4, i + 4 + length));
  lines.push(ends.concat(verdict).join(' '));
  i += 4 + length;
}
process.stdout.write(lines.join('\n') + '\n');
