import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.DelimiterBasedFrameDecoder;
import io.netty.handler.codec.Delimiters;
import io.netty.handler.codec.FixedLengthFrameDecoder;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.MessageToMessageCodec;
import io.netty.handler.codec.MessageToMessageEncoder;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.json.JsonObjectDecoder;
import io.netty.handler.codec.protobuf.ProtobufVarint32FrameDecoder;
import io.netty.handler.codec.protobuf.ProtobufVarint32LengthFieldPrepender;
import java.io.DataInputStream;
import java.io.FileInputStream;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Netty's codecs.
 *
 * <pre>
 *   NettyEcho server CODEC               prints its port and echoes messages of one connection
 *   NettyEcho client CODEC PORT FILE     takes the steps in FILE
 * </pre>
 */
public final class NettyEcho {
  private static final int MOST = 1 << 24;

  /** Puts these bytes behind each message. */
  private static final class Ending extends MessageToMessageEncoder<ByteBuf> {
    private final byte[] end;

    Ending(byte... end) {
      this.end = end;
    }

    @Override
    protected void encode(ChannelHandlerContext context, ByteBuf message, List<Object> out) {
      out.add(Unpooled.wrappedBuffer(message.retain(), Unpooled.wrappedBuffer(end)));
    }
  }

  /** Messages as binary WebSocket frames. */
  private static final class Binary extends MessageToMessageCodec<BinaryWebSocketFrame, ByteBuf> {
    @Override
    protected void encode(ChannelHandlerContext context, ByteBuf message, List<Object> out) {
      out.add(new BinaryWebSocketFrame(message.retain()));
    }

    @Override
    protected void decode(
        ChannelHandlerContext context, BinaryWebSocketFrame frame, List<Object> out) {
      out.add(frame.content().retain());
    }
  }

  private static void addLength(ChannelPipeline pipeline, String[] words) {
    int width = Integer.parseInt(words[1]);
    String how = words.length > 2 ? words[2] : "";
    boolean inclusive = how.equals("inclusive");
    ByteOrder order = how.equals("little") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    pipeline.addLast(
        new LengthFieldBasedFrameDecoder(
            order, MOST, 0, width, inclusive ? -width : 0, width, true),
        new LengthFieldPrepender(order, width, 0, inclusive));
  }

  private static void addCodec(ChannelPipeline pipeline, String codec) {
    String[] words = codec.split(" ");
    switch (words[0]) {
      case "length":
        addLength(pipeline, words);
        break;
      case "varint":
        pipeline.addLast(
            new ProtobufVarint32FrameDecoder(), new ProtobufVarint32LengthFieldPrepender());
        break;
      case "line":
        pipeline.addLast(new LineBasedFrameDecoder(MOST), new Ending((byte) '\n'));
        break;
      case "nul":
        pipeline.addLast(
            new DelimiterBasedFrameDecoder(MOST, Delimiters.nulDelimiter()), new Ending((byte) 0));
        break;
      case "fixed":
        pipeline.addLast(new FixedLengthFrameDecoder(188));
        break;
      case "json":
        pipeline.addLast(new JsonObjectDecoder(MOST));
        break;
      case "websocket":
        pipeline.addLast(
            new WebSocket13FrameDecoder(false, false, MOST),
            new WebSocket13FrameEncoder(words.length > 1),
            new Binary());
        break;
      default:
        throw new IllegalArgumentException(codec);
    }
  }

  /** A connection whose messages go to `sink`. */
  private abstract static class Connection extends ChannelInitializer<Channel> {
    private final String codec;

    Connection(String codec) {
      this.codec = codec;
    }

    abstract void received(Channel channel, byte[] message);

    @Override
    protected void initChannel(Channel channel) {
      addCodec(channel.pipeline(), codec);
      channel
          .pipeline()
          .addLast(
              new SimpleChannelInboundHandler<ByteBuf>() {
                @Override
                protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
                  received(context.channel(), ByteBufUtil.getBytes(message));
                }

                @Override
                public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                  System.out.println(cause);
                  context.close();
                }
              });
    }
  }

  private static void serve(EventLoopGroup group, String codec) throws Exception {
    LinkedBlockingQueue<Channel> accepted = new LinkedBlockingQueue<>();
    Channel listener =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new Connection(codec) {
                  @Override
                  protected void initChannel(Channel channel) {
                    super.initChannel(channel);
                    accepted.add(channel);
                  }

                  @Override
                  void received(Channel channel, byte[] message) {
                    channel.writeAndFlush(Unpooled.wrappedBuffer(message));
                  }
                })
            .bind("127.0.0.1", 0)
            .sync()
            .channel();
    System.out.println("port " + ((InetSocketAddress) listener.localAddress()).getPort());
    accepted.take().closeFuture().sync();
  }

  private static void call(EventLoopGroup group, String codec, int port, String file)
      throws Exception {
    LinkedBlockingQueue<byte[]> answers = new LinkedBlockingQueue<>();
    Channel channel =
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(
                new Connection(codec) {
                  @Override
                  void received(Channel channel, byte[] message) {
                    answers.add(message);
                  }
                })
            .connect("127.0.0.1", port)
            .sync()
            .channel();
    try (DataInputStream steps = new DataInputStream(new FileInputStream(file))) {
      for (int kind = steps.read(); kind >= 0; kind = steps.read()) {
        byte[] message = steps.readNBytes(steps.readInt());
        if (kind == 's') {
          channel.writeAndFlush(Unpooled.wrappedBuffer(message));
        } else if (!Arrays.equals(message, answers.poll(60, TimeUnit.SECONDS))) {
          throw new IllegalStateException("another message than expected");
        }
      }
    }
    channel.close().sync();
  }

  public static void main(String[] args) throws Exception {
    EventLoopGroup group = new NioEventLoopGroup(1);
    try {
      if (args[0].equals("server")) {
        serve(group, args[1]);
      } else {
        call(group, args[1], Integer.parseInt(args[2]), args[3]);
      }
    } finally {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }
  }
}
