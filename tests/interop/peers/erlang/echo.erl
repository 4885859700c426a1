#!/usr/bin/env escript
%% Erlang's own packet modes: inet:setopts(Socket, [{packet, Mode}]).
%%
%%   echo.erl server MODE              prints its port and echoes packets of one connection
%%   echo.erl client MODE PORT FILE    takes the steps in FILE
%%
%% For 1, 2 and 4 Erlang adds and removes the length. For the other modes it finds a packet's end and
%% hands over the packet as it came; what is sent must be a packet.

main(["server", Mode]) ->
    {ok, Listener} = gen_tcp:listen(0, [{ip, {127, 0, 0, 1}} | options(Mode)]),
    {ok, Port} = inet:port(Listener),
    io:format("port ~b~n", [Port]),
    {ok, Socket} = gen_tcp:accept(Listener),
    echo(Socket);
main(["client", Mode, Port, File]) ->
    {ok, Socket} = gen_tcp:connect({127, 0, 0, 1}, list_to_integer(Port), options(Mode)),
    {ok, Steps} = file:read_file(File),
    take(Steps, Mode, Socket),
    gen_tcp:close(Socket).

options(Mode) ->
    [binary, {active, false}, {nodelay, true}, {packet, packet(Mode)}, {buffer, 1 bsl 21}].

packet("1") -> 1;
packet("2") -> 2;
packet("4") -> 4;
packet(Mode) -> list_to_atom(Mode).

echo(Socket) ->
    case gen_tcp:recv(Socket, 0) of
        {ok, Packet} -> ok = gen_tcp:send(Socket, Packet), echo(Socket);
        {error, closed} -> ok
    end.

take(<<$s, Size:32, Message:Size/binary, More/binary>>, Mode, Socket) ->
    ok = gen_tcp:send(Socket, frame(Mode, Message)),
    take(More, Mode, Socket);
take(<<$e, Size:32, Message:Size/binary, More/binary>>, Mode, Socket) ->
    Expected = iolist_to_binary(frame(Mode, Message)),
    {ok, Packet} = gen_tcp:recv(Socket, 0, 60000),
    case Packet of
        Expected -> take(More, Mode, Socket);
        _ -> io:format("expected ~P, got ~P~n", [Expected, 30, Packet, 30]), halt(1)
    end;
take(<<>>, _, _) -> ok.

%% A packet in the modes that add nothing.
frame("line", Message) -> [Message, $\n];
frame("sunrm", Message) -> [<<1:1, (byte_size(Message)):31>>, Message];
frame("tpkt", Message) -> [<<3, 0, (byte_size(Message) + 4):16>>, Message];
frame("fcgi", Message) -> [<<1, 0, 0:16, (byte_size(Message)):16, 0, 0>>, Message];
frame("cdr", Message) -> [<<"GIOP", 0:32, (byte_size(Message)):32>>, Message];
frame(_, Message) -> Message.  % 1, 2, 4: Erlang does it; asn1: it is a whole value
