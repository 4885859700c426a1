import com.google.protobuf.BytesValue;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * writeDelimitedTo() and parseDelimitedFrom().
 *
 * <pre>
 *   ProtobufEcho server               prints its port and echoes messages of one connection
 *   ProtobufEcho client PORT FILE     takes the steps in FILE
 * </pre>
 */
public final class ProtobufEcho {
  private static void serve() throws Exception {
    ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    System.out.println("port " + listener.getLocalPort());
    try (Socket socket = listener.accept()) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = new BufferedOutputStream(socket.getOutputStream());
      BytesValue message;
      while ((message = BytesValue.parseDelimitedFrom(in)) != null) {
        message.writeDelimitedTo(out);
        out.flush();
      }
    }
  }

  private static void call(int port, String file) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        DataInputStream steps = new DataInputStream(new FileInputStream(file))) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = new BufferedOutputStream(socket.getOutputStream());
      for (int kind = steps.read(); kind >= 0; kind = steps.read()) {
        BytesValue said = BytesValue.parseFrom(steps.readNBytes(steps.readInt()));
        if (kind == 's') {
          said.writeDelimitedTo(out);
          out.flush();
        } else if (!said.equals(BytesValue.parseDelimitedFrom(in))) {
          throw new IllegalStateException("another message than expected");
        }
      }
    }
  }

  public static void main(String[] args) throws Exception {
    if (args[0].equals("server")) {
      serve();
    } else {
      call(Integer.parseInt(args[1]), args[2]);
    }
  }
}
