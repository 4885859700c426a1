"""What is said in a run: messages of varied sizes, and what some servers are asked with them.

A conversation is a list of steps (kind, payload) of whoever opens the connection: 's' send, 'e' expect
this message, 'u' pass over messages up to one that starts with this. driver/conversation.h reads the file.
"""

import base64
import json
import os
import random
import re
import struct

BURST = 24  # at most so many messages are sent before their answers are read


def sizes(rng, count, edges, most):
    """The edges, and sizes that are mostly small: as many of 10..99 bytes as of 100..999."""
    chosen = list(edges)
    least = min(edges)
    while len(chosen) < count:
        chosen.append(min(most, least + int(2 ** rng.uniform(0, 12)) - 1))
    rng.shuffle(chosen)
    return chosen


# ---- What a message is made of ---------------------------------------------------------------------


def any_bytes(rng, size):
    """Random bytes, or many of one that framings care about."""
    common = rng.choice([None, None, b'\0', b'\xff', b'\n', b'\r\n', b',', b'\x80'])
    if common is None:
        return rng.randbytes(size)
    return bytes(rng.randbytes(1)[0] if rng.random() < 0.2 else common[i % len(common)] for i in range(size))


def one_line(rng, size):
    """Any bytes but CR and LF."""
    return any_bytes(rng, size).replace(b'\n', b'n').replace(b'\r', b'r')


def ascii_text(rng, size):
    """Letters, digits and spaces."""
    return bytes(rng.choices(b'abcdefghijklmnopqrstuvwxyz 0123456789', k=size))


def ber_value(rng, size):
    """An OCTET STRING in a SEQUENCE, `size` bytes at the heart of it; lengths in all their forms."""

    def wrap(tag, body):
        if len(body) < 0x80:
            return bytes([tag, len(body)]) + body
        digits = len(body).to_bytes((len(body).bit_length() + 7) // 8, 'big')
        return bytes([tag, 0x80 | len(digits)]) + digits + body

    return wrap(0x30, wrap(0x04, any_bytes(rng, size)))


def crlf_line(rng, size):
    """Any bytes, lone CR and LF among them, but no CR LF, and no CR at the end."""
    text = any_bytes(rng, size).replace(b'\r\n', b'rn')
    return text[:-1] + b'.' if text.endswith(b'\r') else text


def protobuf_value(rng, size):
    """A google.protobuf.BytesValue of `size` bytes as it stands on the wire."""
    return b'\x0a' + varint(size) + any_bytes(rng, size) if size > 0 else b''


def varint(number):
    low = bytes([number & 0x7f | (0x80 if number > 0x7f else 0)])
    return low + varint(number >> 7) if number > 0x7f else low


def json_value(rng, size):
    """An object that has brackets and quotes in its strings; as JSON.stringify() writes it."""
    text = ascii_text(rng, size).decode()
    for place in range(0, size // 7):
        text = text[:place * 7] + rng.choice(['{', ']', '"', '\\', '\u00e9', '\u4e2d']) + text[place * 7 + 1:]
    value = {'jsonrpc': '2.0', 'method': 'echo', 'params': [text]}
    return json.dumps(value, separators=(',', ':'), ensure_ascii=False).encode()


def sized(rng, size, forms):
    """`size` random bytes behind the first of the forms (a mark, the width of a number) that can hold them."""
    for mark, width in forms:
        if size < 256 ** width:
            return mark + size.to_bytes(width, 'big') + any_bytes(rng, size)
    raise ValueError(size)


def msgpack_value(rng, size):
    """[7, binary]"""
    return b'\x92\x07' + sized(rng, size, [(b'\xc4', 1), (b'\xc5', 2), (b'\xc6', 4)])


def cbor_value(rng, size):
    """[7, byte string]"""
    if size < 24:
        return b'\x82\x07' + bytes([0x40 + size]) + any_bytes(rng, size)
    return b'\x82\x07' + sized(rng, size, [(b'\x58', 1), (b'\x59', 2), (b'\x5a', 4)])


def thrift_binary(rng, size):
    """A binary of Thrift's binary protocol."""
    return struct.pack('>i', size) + any_bytes(rng, size)


def dotted_text(rng, size):
    """Lines, many of which start with a dot."""
    text = ascii_text(rng, size)
    for place in range(0, size - 3, 11):
        text = text[:place] + rng.choice([b'\r\n.', b'\r\n..', b'\r\n\r\n', b'.\r\na', b'.abc'])[:4] + text[place + 4:]
    return text


CONTENTS = {'bytes': any_bytes, 'line': one_line, 'crlf line': crlf_line, 'text': ascii_text, 'ber': ber_value,
            'protobuf': protobuf_value, 'json': json_value, 'msgpack': msgpack_value, 'cbor': cbor_value,
            'dotted': dotted_text, 'thrift': thrift_binary}


def messages(seed, count, edges, most, content):
    rng = random.Random(seed)
    return [CONTENTS[content](rng, size) for size in sizes(rng, count, edges, most)]


# ---- What is done with them ------------------------------------------------------------------------


def in_bursts(seed, asked, expected):
    """Sends some, expects the answers to them, sends some more."""
    rng = random.Random(seed)
    steps = []
    at = 0
    while at < len(asked):
        end = min(len(asked), at + rng.randint(1, BURST))
        steps += [('s', message) for message in asked[at:end]]
        steps += [('e', message) for message in expected[at:end]]
        at = end
    return steps


def echo(seed, said):
    return in_bursts(seed, said, said)


def reversed_lines(seed, said):
    """Each is answered with itself from back to front."""
    return in_bursts(seed, said, [message[::-1] for message in said])


def redis(seed, said):
    """ECHO, after the greeting of protocol version 3, which is a map."""

    def bulk(text):
        return b'$%d\r\n%s\r\n' % (len(text), text)

    greeting = [('s', b'*2\r\n' + bulk(b'HELLO') + bulk(b'3')), ('u', b'%')]
    return greeting + in_bursts(seed, [b'*2\r\n' + bulk(b'ECHO') + bulk(message) for message in said],
                                [bulk(message) for message in said])


def mqtt(seed, said):
    """Publishes on a topic that we have subscribed to. A message is its type byte and what is counted."""

    def text(value):
        return struct.pack('>H', len(value)) + value

    greeting = [('s', b'\x10' + text(b'MQTT') + b'\x04\x02\x00\x00' + text(b'')), ('e', b'\x20\x00\x00'),
                ('s', b'\x82\x00\x01' + text(b't') + b'\x00'), ('e', b'\x90\x00\x01\x00')]
    published = [b'\x30' + text(b't') + message for message in said]
    return greeting + in_bursts(seed, published, published)


def write(path, steps):
    with open(path, 'wb') as file:
        for kind, payload in steps:
            file.write(kind.encode() + struct.pack('>I', len(payload)) + payload)


def postgresql(seed, said):
    """Simple queries: each is answered by four messages. A message is the whole frame."""

    def typed(kind, body):
        return kind + struct.pack('>I', 4 + len(body)) + body

    def answers(text):
        column = b'\0\1?column?\0' + struct.pack('>IhIhih', 0, 0, 25, -1, -1, 0)
        return [typed(b'T', column), typed(b'D', b'\0\1' + struct.pack('>I', len(text)) + text),
                typed(b'C', b'SELECT 1\0'), typed(b'Z', b'I')]

    steps = [('s', struct.pack('>I', 196608) + b'user\0postgres\0database\0postgres\0\0'), ('u', b'Z')]
    for kind, message in echo(seed, said):
        if kind == 's':
            steps.append((kind, typed(b'Q', b"SELECT '" + message + b"'\0")))
        else:
            steps += [(kind, answer) for answer in answers(message)]
    return steps + [('s', typed(b'X', b''))]


def language_server(seed, said):
    """Requests for a method that it does not have. Its answer repeats the request's id, which may be a text."""

    def request(number, method, params='{}'):
        return ('{"jsonrpc":"2.0","id":%s,"method":"%s","params":%s}' % (number, method, params)).encode()

    greeting = [('s', request(0, 'initialize', '{"processId":null,"rootUri":null,"capabilities":{}}')),
                ('u', b'{"id":0,'), ('s', b'{"jsonrpc":"2.0","method":"initialized","params":{}}')]
    ids = ['"' + message.decode('latin1') + '"' for message in said]
    asked = [request(name, 'unstick/none') for name in ids]
    answered = ['{"error":{"code":-32601,"message":"method not found"},"id":%s,"jsonrpc":"2.0"}' % name for name in ids]
    return greeting + in_bursts(seed, asked, [text.encode() for text in answered]) + [
        ('s', request(1, 'shutdown')), ('e', b'{"id":1,"jsonrpc":"2.0","result":null}'),
        ('s', b'{"jsonrpc":"2.0","method":"exit","params":null}')]


def memcached(seed, said):
    """Stores each and gets it back. A line that is followed by data is one message with them."""
    steps = []
    for kind, message in echo(seed, said):
        size = b' 0 %d\r\n' % len(message)
        if kind == 's':
            steps += [(kind, b'set k 0' + size + message), (kind, b'get k')]
        else:
            steps += [(kind, b'STORED'), (kind, b'VALUE k' + size + message), (kind, b'END')]
    return steps


def beanstalkd(seed, said):
    """Puts each into the queue, takes it out and deletes it."""
    steps = []
    for number, message in enumerate(said, 1):
        size = b' %d\r\n' % len(message)
        steps += [('s', b'put 0 0 60' + size + message), ('s', b'reserve'), ('s', b'delete %d' % number),
                  ('e', b'INSERTED %d' % number), ('e', b'RESERVED %d' % number + size + message), ('e', b'DELETED')]
    return steps


def nats(seed, said):
    """Publishes on a subject that we have subscribed to. The server may ask for life signs in between."""
    steps = [('u', b'INFO '), ('s', b'CONNECT {"verbose":false}'), ('s', b'SUB t 1'), ('s', b'PING'), ('e', b'PONG')]
    for kind, message in echo(seed, said):
        size = b' %d\r\n' % len(message)
        steps.append(('s', b'PUB t' + size + message) if kind == 's' else ('u', b'MSG t 1' + size + message))
    return steps


CONVERSATIONS = {'echo': echo, 'reversed': reversed_lines, 'redis': redis, 'mqtt': mqtt, 'postgresql': postgresql,
                 'language server': language_server, 'memcached': memcached, 'beanstalkd': beanstalkd, 'nats': nats}


# ---- What foreign clients are given on their standard input, and have to print -----------------------


def redis_commands(directory, said):
    lines = [b'ECHO "' + message + b'"\n' for message in said]
    return b''.join(lines), all_lines(said)


def queries(directory, said):
    return b''.join(b"SELECT '" + message + b"';\n" for message in said), all_lines(said)


def lines(directory, said):
    return b''.join(message + b'\n' for message in said), all_lines(said)


def ldif(directory, said):
    """Entries with a description each, which LDIF has in base64 where a space is at its front or end."""

    def attribute(message):
        if message == message.strip():
            return b'description: ' + message + b'\n'
        return b'description:: ' + base64.b64encode(message) + b'\n'

    entries = [b'dn: dc=interop\nobjectClass: dcObject\nobjectClass: organization\no: interop\ndc: interop\n']
    entries += [b'dn: cn=%06d,dc=interop\nobjectClass: device\ncn: %06d\n' % (i, i) + attribute(message)
                for i, message in enumerate(said)]
    return b'\n'.join(entries), b''.join(map(attribute, said)).decode()


def files(directory, said):
    """A directory to serve, and the paths in it."""
    root = os.path.join(directory, 'www')
    os.mkdir(root)
    for i, message in enumerate(said):
        with open(os.path.join(root, str(i)), 'wb') as file:
            file.write(message)
    paths = b''.join(b'/%d\n' % i for i in range(len(said)))
    return paths, re.compile(r'requests: %d total.* %d succeeded, 0 failed' % (len(said), len(said)))


def steps(directory, said):
    """For a program that takes steps, and says nothing if all went well."""
    return b''.join(kind.encode() + struct.pack('>I', len(payload)) + payload
                    for kind, payload in echo(0, said)), ''


def all_lines(said):
    return b''.join(message + b'\n' for message in said).decode()


SCRIPTS = {'ldif': ldif, 'redis': redis_commands, 'sql': queries, 'lines': lines, 'files': files, 'steps': steps}


def script(name, directory, said):
    """The file to read from, and what is to be printed: a text, or a pattern that occurs in it."""
    given, printed = SCRIPTS[name](directory, said)
    path = os.path.join(directory, 'stdin')
    with open(path, 'wb') as file:
        file.write(given)
    return path, printed
