"""Hostile streams by a seed: valid ones, of which a few things are changed."""

import random

EOLS = ['\r\n'] * 3 + ['\n', '\r', '\r\r\n', '\n\r', '', '\r\n ', '\r\n\t']
COLONS = [': ', ':', ' : ', ' :', ':\t', ':  ', '', '\t: ', ':\r\n ', ': \x0b', ':\x00']
SIZES = ['0', '5', '+5', '-5', '05', '0x5', '5 ', ' 5', '5,5', '5, 5', '5,6', '5;5', '5.0', '5e0', '', ' ', '00005', 'five',
         '18446744073709551615', '18446744073709551616', '9223372036854775808', '5\t', '5\x0b', '5\x00', '5\r', '\xb2', '6', '4']
CODINGS = ['chunked', 'Chunked', ' chunked ', 'gzip, chunked', 'chunked, gzip', 'identity', 'chunked, chunked', 'chunked;q=1',
           'xchunked', 'chunked,', ',chunked', '"chunked"', 'gzip', 'chunked\x0b', '\x0bchunked', 'chunke', '', 'chunked\t',
           'identity, chunked', "chunked'", 'ch\r\n unked']
CHUNKS = ['5', '05', '0005', '5;a=b', '5;a="b"', '5 ;a', '5; a', '5 ', ' 5', '5\t', '+5', '-5', '0x5', '5g', 'g', '', '5;a="\n"',
          '5;\ra', '5;\na', '5;a\x00', '10000000000000005', '5\x0b', 'FFFFFFFFFFFFFFFF', '00000000000000005', '5;' + 'x' * 40,
          '5,5', '5\r', '5;a="\r\n"']
TRAILERS = ['X: y\r\n', 'Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n', ' folded\r\n', 'X : y\r\n', 'X\r\n', 'X: y\n',
            'X: \x00\r\n', ': y\r\n', 'X: y\r', 'Host: b\r\n']
CONTROLS = [bytes([b]) for b in (0, 1, 9, 10, 11, 12, 13, 32, 34, 43, 44, 45, 48, 58, 59, 127, 128, 133, 160, 255)]
NEXT = b'GET /n HTTP/1.1\r\nHost: b\r\n\r\n'
NEXT_RESPONSE = b'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx'


def disturb(r, stream, extra=CONTROLS):
    """One byte or stretch is put in, taken out, replaced or repeated."""
    at = r.randrange(len(stream) + 1)
    size = r.choice((0, 0, 1, 1, 2, 8))
    what = r.randrange(4)
    if what == 0:
        return stream[:at] + r.choice(extra) + stream[at:]
    if what == 1:
        return stream[:at] + stream[at + size:]
    if what == 2:
        return stream[:at] + r.choice(extra) + stream[at + 1:]
    return stream[:at] + stream[max(0, at - size):]


def chunked_body(r, hostile):
    text = ''
    for _ in range(r.randrange(3)):
        odd = r.random() < hostile
        text += (r.choice(CHUNKS) if odd else '5') + (r.choice(EOLS) if r.random() < hostile / 3 else '\r\n') + 'hello'
        text += r.choice(EOLS) if r.random() < hostile / 3 else '\r\n'
    last = r.choice(('0', '0', '00', '0;a', '0 ', '-0', '')) if r.random() < hostile else '0'
    text += last + (r.choice(EOLS) if r.random() < hostile / 3 else '\r\n')
    for _ in range(r.choice((0, 0, 0, 1, 2))):
        text += r.choice(TRAILERS) if r.random() < hostile else 'X: y\r\n'
    return text + (r.choice(EOLS) if r.random() < hostile / 3 else '\r\n')


def http(r, first, following):
    hostile = r.choice((0.0, 0.2, 0.2, 0.5))

    def odd(choices, usual, weight=1.0):
        return r.choice(choices) if r.random() < hostile * weight else usual

    body_kind = r.randrange(5)
    fields = [('Host', 'a')] if r.random() < 0.9 else []
    if body_kind in (1, 2):
        fields.append(('Content-Length', odd(SIZES, '5')))
    if body_kind in (3, 4):
        fields.append(('Transfer-Encoding', odd(CODINGS, 'chunked')))
    if r.random() < hostile / 2:
        fields.append(('Content-Length', r.choice(SIZES)))
    if r.random() < hostile / 3:
        fields.append(('Transfer-Encoding', r.choice(CODINGS)))
    if r.random() < 0.3:
        fields.append((odd(['X Y', 'X\x00', '', '(X)', 'X\xe9', ' X', 'X"'], 'X'), odd(['', 'y\x00', 'y\x7f', 'y\xe9', '\x01', 'y\rz', 'y\nz'], 'y')))
    r.shuffle(fields)
    text = odd(['\r\n', '\n', '\r', '\r\n\r\n', ' '], '', 0.3) + first(r, odd) + odd(EOLS, '\r\n', 0.15)
    for name, value in fields:
        if r.random() < hostile / 4:
            name = r.choice((name.lower(), name.upper(), name + ' ', ' ' + name, name + '\t', name[:-1], name + '\x00', name + '\r'))
        text += name + odd(COLONS, ': ', 0.2) + value + odd(EOLS, '\r\n', 0.15)
    text += odd(EOLS, '\r\n', 0.15)
    if body_kind in (1, 2):
        text += 'hello'
    if body_kind in (3, 4):
        text += chunked_body(r, hostile)
    stream = text.encode('latin-1')
    if r.random() < hostile:
        stream = disturb(r, stream)
    if r.random() < 0.1:
        stream = stream[:r.randrange(len(stream) + 1)]
    return stream + (following if r.random() < 0.6 else b'')


def request(r):
    def first(r, odd):
        return (odd(['GET', 'PUT', 'HEAD', 'get', 'P\xd6ST', '', 'G T', 'OPTIONS'], 'POST') + odd(['  ', '\t', '', ' \x0b'], ' ', 0.1) +
                odd(['*', '/\x00', '/\xe9', '/a b', '', 'http://a/', '/\x7f'], '/', 0.4) + odd(['  ', '\t', ''], ' ', 0.1) +
                odd(['HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'HTTP/1.10', 'http/1.1', 'HTTP/0.9', 'HTTP/11', '', 'HTTP/1.1 '], 'HTTP/1.1', 0.3))
    return http(r, first, NEXT)


def response(r):
    def first(r, odd):
        return (odd(['HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'http/1.1', 'HTTP/1.1 '], 'HTTP/1.1', 0.2) + ' ' +
                odd(['204', '304', '100', '103', '99', '20', '2000', '+20', '2 0', '', '20x', '999'], '200') + odd([' ', '', ' \x00', ' \xe9', '  OK'], ' OK', 0.4))
    return http(r, first, NEXT_RESPONSE)


def resp_value(r, depth=0):  # RESP2: Debian 12's hiredis module knows no other
    kind = r.choice((0, 1, 2, 3, 4, 5, 7, 8, 8) if depth < 3 else (0, 1, 2, 3, 4, 5, 7))
    number = r.choice(['0', '5', '-1', '12', '9223372036854775807'])
    if kind < 2:
        return '+' + r.choice(['OK', '', 'a b']) + '\r\n'
    if kind == 2:
        return '-ERR no\r\n'
    if kind == 3:
        return ':' + number + '\r\n'
    if kind in (4, 5):
        return r.choice(['$5\r\nhello\r\n', '$0\r\n\r\n', '$-1\r\n', '$2\r\n\r\n\r\n'])
    if kind == 7:
        return r.choice(['*0\r\n', '*-1\r\n'])
    n = r.randrange(4)
    return f'*{n}\r\n' + ''.join(resp_value(r, depth + 1) for _ in range(n))


def resp(r):
    stream = ''.join(resp_value(r) for _ in range(r.randrange(1, 4))).encode()
    extra = CONTROLS + [b'$', b'*', b'+5', b'-1', b'-2', b'05', b'\r\n', b'\n', b'18446744073709551616', b'!', b'%', b'~', b'#', b'x']
    for _ in range(r.choice((0, 0, 1, 1, 2))):
        stream = disturb(r, stream, extra)
    return stream


def json_value(r, depth=0):
    kind = r.randrange(8 if depth < 4 else 5)
    space = r.choice(('', '', ' ', '\n', '\t'))
    if kind == 0:
        return r.choice(('true', 'false', 'null'))
    if kind in (1, 2):
        return r.choice(('0', '-1', '1.5', '1e9', '-0.5E-3', '123456789012345678901'))
    if kind in (3, 4):
        return r.choice(('""', '"a"', '"\\""', '"\\\\"', '"\\u0041"', '"]"', '"}\\n{"', '"\xe9"', '"\\ud800"'))
    items = [json_value(r, depth + 1) for _ in range(r.randrange(4))]
    if kind < 7:
        return '[' + space + (space + ',' + space).join(items) + space + ']'
    return '{' + space + (',' + space).join('"k"' + space + ':' + space + item for item in items) + '}'


def json_text(r):
    values = [json_value(r) for _ in range(r.randrange(1, 4))]
    stream = r.choice((' ', '\n', '')).join(values).encode('latin-1')
    extra = CONTROLS + [b'"', b'\\', b'[', b']', b'{', b'}', b',', b'.', b'e', b'NaN', b'-Infinity', b'01', b"'", b'//', b'\\x', b'\xef\xbb\xbf', b'tru']
    for _ in range(r.choice((0, 0, 1, 1, 2))):
        stream = disturb(r, stream, extra)
    return stream


def cbor_head(r, major, number):
    form = r.choice((0, 0, 0, 1, 2, 3, 4))
    if form == 0 and number < 24:
        return bytes([major << 5 | number])
    form = max(form, 1 if number < 256 else 2)
    return bytes([major << 5 | 23 + form]) + number.to_bytes(1 << (form - 1), 'big')


def cbor_value(r, depth=0):
    major = r.choice((0, 1, 2, 3, 7) if depth > 3 else (0, 1, 2, 3, 4, 4, 5, 6, 7))
    n = r.randrange(5)
    if major < 2:
        return cbor_head(r, major, r.randrange(256))
    if major < 4:
        if r.random() < 0.2:
            return bytes([major << 5 | 31]) + b''.join(cbor_head(r, major, 2) + b'ab' for _ in range(n)) + b'\xff'
        return cbor_head(r, major, n) + b'a' * n
    if major < 6:
        items = b''.join(cbor_value(r, depth + 1) for _ in range(n * (major - 3)))
        if r.random() < 0.3:
            return bytes([major << 5 | 31]) + items + b'\xff'
        return cbor_head(r, major, n) + items
    if major == 6:
        return cbor_head(r, 6, r.choice((21, 22, 100, 55799))) + cbor_value(r, depth + 1)
    return r.choice((b'\xf4', b'\xf5', b'\xf6', b'\xf7', b'\xf9\x3c\x00', b'\xfa\x00\x00\x00\x00', b'\xfb' + b'\0' * 8, b'\xe1', b'\xf8\x20'))


def cbor(r):
    stream = b''.join(cbor_value(r) for _ in range(r.randrange(1, 4)))
    extra = [bytes([b]) for b in (0x18, 0x1c, 0x1f, 0x3f, 0x40, 0x5c, 0x5f, 0x61, 0x7f, 0x81, 0x9f, 0xa1, 0xbf, 0xc1, 0xdf, 0xe0, 0xf8, 0xfc, 0xfe, 0xff)]
    for _ in range(r.choice((0, 0, 1, 1, 2))):
        stream = disturb(r, stream, extra)
    return stream


def batch(make, seed, count):
    r = random.Random(seed)
    return [make(r) for _ in range(count)]
