// Node's readline, and framings from npm.
//
//   node echo.js MODULES server CODEC               prints its port and echoes messages of one connection
//   node echo.js MODULES client CODEC PORT FILE     takes the steps in FILE
//
// MODULES is the directory that has node_modules.
'use strict';
const fs = require('fs');
const net = require('net');
const path = require('path');
const [modules, role, codec, port, file] = process.argv.slice(2);
const load = (name) => require(require.resolve(name, {paths: [path.resolve(modules)]}));

// A stream that encodes in front of the socket and one that decodes behind it.
function streams(socket, encode, decode, deliver) {
  encode.pipe(socket);
  socket.pipe(decode).on('data', deliver);
  return {send: (message) => encode.write(message), end: () => encode.end()};
}

// Each: calls deliver(Buffer) with what it decodes; returns how to send a message and how to end.
const codecs = {
  'readline': (socket, deliver) => {
    require('readline').createInterface({input: socket, crlfDelay: Infinity})
        .on('line', (line) => deliver(Buffer.from(line)));
    return {send: (message) => socket.write(message + '\n'), end: () => socket.end()};
  },
  'frame-stream 2': (socket, deliver) => {
    const frame = load('frame-stream');
    const options = {lengthSize: 2, getLength: (b) => b.readUInt16LE(0), setLength: (b, n) => b.writeUInt16LE(n, 0)};
    return streams(socket, frame.encode(options), frame.decode(options), deliver);
  },
  'frame-stream 4': (socket, deliver) => {
    const frame = load('frame-stream');
    return streams(socket, frame.encode(), frame.decode(), deliver);
  },
  'length-prefixed-stream': (socket, deliver) => {
    const lpstream = load('length-prefixed-stream');
    return streams(socket, lpstream.encode(), lpstream.decode(), deliver);
  },
  'slip': (socket, deliver) => {
    const slip = load('slip');
    const decoder = new slip.Decoder({onMessage: (message) => deliver(Buffer.from(message)), maxMessageSize: 1 << 24});
    socket.on('data', (chunk) => decoder.decode(chunk));
    return {send: (message) => socket.write(slip.encode(message)), end: () => socket.end()};
  },
  '@msgpack/msgpack': (socket, deliver) => {
    const msgpack = load('@msgpack/msgpack');
    (async () => {
      for await (const value of msgpack.decodeMultiStream(socket)) deliver(Buffer.from(msgpack.encode(value)));
    })();
    return {send: (message) => socket.write(msgpack.encode(msgpack.decode(message))), end: () => socket.end()};
  },
  'cbor-x': (socket, deliver) => {
    const cbor = load('cbor-x');
    socket.pipe(new cbor.DecoderStream()).on('data', (value) => deliver(cbor.encode(value)));
    return {send: (message) => socket.write(cbor.encode(cbor.decode(message))), end: () => socket.end()};
  },
  'vscode-jsonrpc': (socket, deliver) => {
    const rpc = load('vscode-jsonrpc/node');
    const writer = new rpc.SocketMessageWriter(socket);
    new rpc.SocketMessageReader(socket).listen((message) => deliver(Buffer.from(JSON.stringify(message))));
    return {send: (message) => writer.write(JSON.parse(message)), end: () => socket.end()};
  },
};

function serve() {
  const server = net.createServer((socket) => {
    server.close();
    socket.setNoDelay(true);
    const peer = codecs[codec](socket, (message) => peer.send(message));
  });
  server.listen(0, '127.0.0.1', () => console.log('port', server.address().port));
}

function* steps() {
  const bytes = fs.readFileSync(file);
  for (let at = 0; at < bytes.length;) {
    const size = bytes.readUInt32BE(at + 1);
    yield {kind: bytes.toString('latin1', at, at + 1), message: bytes.subarray(at + 5, at + 5 + size)};
    at += 5 + size;
  }
}

function call() {
  const socket = net.connect(Number(port), '127.0.0.1');
  socket.setNoDelay(true);
  const left = steps();
  let expected = null;
  const advance = () => {
    for (let step = left.next(); !step.done; step = left.next()) {
      expected = step.value.message;
      if (step.value.kind === 'e') return;
      peer.send(expected);
    }
    expected = null;
    peer.end();
  };
  const peer = codecs[codec](socket, (message) => {
    if (expected === null || !message.equals(expected)) {
      console.log('expected', expected, 'got', message);
      process.exit(1);
    }
    advance();
  });
  socket.on('connect', advance).on('close', () => process.exit(expected === null ? 0 : 1));
}

role === 'server' ? serve() : call();
