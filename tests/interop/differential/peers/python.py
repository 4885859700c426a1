#!/usr/bin/env python3
"""python.py h11-request|h11-response|hiredis|json|cbor2: foreign parsers that Python has.

Records on standard input, a line for each on standard output; see driver.cc.
"""

import io
import json
import re
import resource
import struct
import sys


def reason(why):
    text = re.sub(r"b?'.*|\d.*|\[.*|\n.*", '', str(why), flags=re.S)
    return 'error ' + type(why).__name__ + ' ' + re.sub(r'[^a-zA-Z]+', '-', text).strip('-')


def h11_side(response):
    import h11

    def parse(stream):
        ends, start = [], 0
        while start < len(stream):
            if stream[start:].strip(b'\r\n') == b'':
                return ends, 'end'
            connection = h11.Connection(h11.CLIENT if response else h11.SERVER)
            if response:
                connection.send(h11.Request(method='GET', target='/', headers=[('Host', 'a')]))
                connection.send(h11.EndOfMessage())
            connection.receive_data(stream[start:])
            size, closed = 0, False
            while True:
                try:
                    event = connection.next_event()
                except h11.RemoteProtocolError as why:
                    text = reason(why)
                    return ends, 'truncated' if closed else text
                if event is h11.NEED_DATA:
                    if closed:
                        return ends, 'truncated'
                    closed = True
                    connection.receive_data(b'')
                elif isinstance(event, h11.Data):
                    size += len(event.data)
                elif isinstance(event, (h11.EndOfMessage, h11.InformationalResponse)):
                    end = len(stream) - len(connection.trailing_data[0])
                    ends.append(f'{end}:{size}')
                    start = end
                    break
                elif isinstance(event, h11.ConnectionClosed) or event is h11.PAUSED:
                    return ends, 'truncated'
        return ends, 'end'
    return parse


def hiredis_side():
    import hiredis

    def parse(stream):
        reader = hiredis.Reader()
        ends, last = [], 0
        try:
            for at in range(len(stream)):
                reader.feed(stream, at, 1)
                # It says False for "not yet", and for the value that is false.
                if reader.gets() is not False or stream[last:at + 1] == b'#f\r\n':
                    last = at + 1
                    ends.append(f'{last}:0')
        except (hiredis.HiredisError, ValueError, TypeError, SystemError) as why:
            return ends, reason(why)
        return ends, 'end' if last == len(stream) else 'truncated'
    return parse


def json_side():
    decode = json.JSONDecoder().raw_decode

    def parse(stream):
        text, ends, at = stream.decode('latin-1'), [], 0
        while True:
            while at < len(text) and text[at] in ' \t\r\n':
                at += 1
            if at == len(text):
                return ends, 'end'
            try:
                _, end = decode(text, at)
            except (ValueError, RecursionError) as why:
                return ends, reason(why)
            ends.append(f'{end}:{end - at}')
            at = end
    return parse


def cbor_side():
    import cbor2

    def parse(stream):
        file, ends = io.BytesIO(stream), []
        while file.tell() < len(stream):
            start = file.tell()
            try:
                cbor2.CBORDecoder(file).decode()
            except cbor2.CBORDecodeEOF:
                return ends, 'truncated'
            except Exception as why:  # pylint: disable=broad-except  # it raises what its hooks raise
                return ends, reason(why)
            ends.append(f'{file.tell()}:{file.tell() - start}')
        return ends, 'end'
    return parse


SIDES = {'h11-request': lambda: h11_side(False), 'h11-response': lambda: h11_side(True), 'hiredis': hiredis_side,
         'json': json_side, 'cbor2': cbor_side}


def main():
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))  # a declared count may make a parser ask for it
    parse = SIDES[sys.argv[1]]()
    records, at = sys.stdin.buffer.read(), 0
    while at < len(records):
        size, = struct.unpack_from('>I', records, at)
        ends, verdict = parse(records[at + 4:at + 4 + size])
        print(' '.join([*ends, verdict]), flush=sys.argv[1] == 'hiredis')  # it crashes at times: see run.py
        at += 4 + size


if __name__ == '__main__':
    main()
