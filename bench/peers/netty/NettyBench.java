import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.DelimiterBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.protobuf.ProtobufVarint32FrameDecoder;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Netty's codecs at work.
 *
 *   NettyBench         answers requests (bench/driver/programs.py) with nanoseconds a frame
 *   NettyBench serve   prints its port and serves frames with a 4-byte length: what starts with 'S' is
 *                      swallowed, anything else echoed, many replies to a flush
 */
public class NettyBench {
  static final int MAX = 8 << 20;

  /** What can be done again and again; returns how many frames that was. */
  interface Pass {
    long run();
  }

  static class Consumer extends ChannelInboundHandlerAdapter {
    long total;
    long frames;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf frame = (ByteBuf) message;
      total += frame.readableBytes() + (frame.isReadable() ? frame.getByte(frame.readerIndex()) : 0);
      frames++;
      frame.release();
    }
  }

  static ByteBuf text(String mark) {
    return Unpooled.copiedBuffer(mark, StandardCharsets.US_ASCII);
  }

  static ChannelHandler decoder(String framing) {
    switch (framing) {
      case "length": return new LengthFieldBasedFrameDecoder(MAX, 0, 4, 0, 4);
      case "varint": return new ProtobufVarint32FrameDecoder();
      case "lf": return new LineBasedFrameDecoder(MAX);
      case "crlf": return new DelimiterBasedFrameDecoder(MAX, text("\r\n"));
      case "boundary": return new DelimiterBasedFrameDecoder(MAX, text("--boundary--"));
      default: return null;
    }
  }

  static Pass decoding(String framing, byte[] stream, int chunk) {
    Consumer consumer = new Consumer();
    EmbeddedChannel channel = new EmbeddedChannel(decoder(framing), consumer);
    ByteBuf all = Unpooled.directBuffer(stream.length).writeBytes(stream);
    return () -> {
      long before = consumer.frames;
      for (int at = 0; at < stream.length; at += chunk) {
        channel.writeInbound(all.retainedSlice(at, Math.min(chunk, stream.length - at)));
      }
      return consumer.frames - before;
    };
  }

  static Pass encoding(int size) {
    EmbeddedChannel channel = new EmbeddedChannel(new LengthFieldPrepender(4));
    ByteBuf payload = PooledByteBufAllocator.DEFAULT.directBuffer(size).writeZero(size);
    long frames = Math.max(2, (512 << 10) / (size + 4));
    ByteBuf out = Unpooled.directBuffer((int) Math.min(frames * (size + 4L), 64 << 20));
    return () -> {
      out.clear();
      for (long i = 0; i < frames; i++) {
        channel.writeOutbound(payload.retainedDuplicate());
        for (ByteBuf part; (part = channel.readOutbound()) != null; part.release()) {
          out.writeBytes(part);
        }
      }
      return frames;
    };
  }

  /** What this thread has run, as Google Benchmark counts it too: nobody pays for a busy neighbour. */
  static long cpuTime() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  static double measure(Pass pass, double seconds) {
    long start = cpuTime();
    long frames = 0;
    for (;;) {
      frames += pass.run();
      long took = cpuTime() - start;
      if (took >= seconds * 1e9) {
        return (double) took / frames;
      }
    }
  }

  /** Until the compiler has nothing left to improve. */
  static void warmUp(Pass pass, int least) {
    double best = Double.MAX_VALUE;
    for (int tries = 0, stale = 0; tries < 40 && (stale < 3 || tries < least); tries++) {
      double now = measure(pass, 0.1);
      stale = now > 0.97 * best ? stale + 1 : 0;
      best = Math.min(best, now);
    }
  }

  static void answer() throws Exception {
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
    Set<String> warm = new HashSet<>();
    for (String request; (request = requests.readLine()) != null; System.out.flush()) {
      String[] words = request.split(" ");
      boolean encode = words[0].equals("encode");
      if (!encode && decoder(words[0]) == null) {
        System.out.println("-");
        continue;
      }
      Pass pass = encode ? encoding(Integer.parseInt(words[2]))
          : decoding(words[0], Files.readAllBytes(Path.of(words[1])), Integer.parseInt(words[2]));
      double seconds = Double.parseDouble(words[3]);
      if (warm.add(words[0] + words[1] + words[2])) {
        warmUp(pass, warm.add(words[0]) ? 12 : 4);
      }
      System.out.println(measure(pass, seconds));
    }
  }

  static class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf frame = (ByteBuf) message;
      if (frame.isReadable() && frame.getByte(frame.readerIndex()) == 'S') {
        frame.release();
      } else {
        context.write(frame, context.voidPromise());
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }

  static void serve() throws Exception {
    NioEventLoopGroup loop = new NioEventLoopGroup(1);
    Channel listener = new ServerBootstrap().group(loop).channel(NioServerSocketChannel.class)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childHandler(new ChannelInitializer<SocketChannel>() {
          @Override
          protected void initChannel(SocketChannel channel) {
            channel.pipeline().addLast(decoder("length"), new LengthFieldPrepender(4), new Echo());
          }
        }).bind("127.0.0.1", 0).sync().channel();
    System.out.println("port " + ((InetSocketAddress) listener.localAddress()).getPort());
    listener.closeFuture().sync();
  }

  public static void main(String[] arguments) throws Exception {
    if (arguments.length > 0) {
      serve();
    } else {
      answer();
    }
  }
}
