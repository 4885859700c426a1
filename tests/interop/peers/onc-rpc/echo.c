/*
 * ONC RPC over TCP with libtirpc: a procedure that returns the bytes it is given. Records leave in
 * fragments of at most 400 bytes (RFC 5531 section 11).
 *
 *   echo server           prints its port; ends by a signal
 *   echo client PORT      takes the steps on standard input
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <rpc/rpc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kProgram = 0x20261121, kVersion = 1, kEcho = 1, kFragment = 400, kMost = 1 << 24 };

struct text {
  char *bytes;
  u_int size;
};

static bool_t xdr_text(XDR *xdr, struct text *text) {
  return xdr_bytes(xdr, &text->bytes, &text->size, kMost);
}

static void fail(const char *what) {
  printf("%s\n", what);
  exit(1);
}

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in address;
  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_port = htons((unsigned short)port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static void dispatch(struct svc_req *request, SVCXPRT *transport) {
  struct text text = {NULL, 0};
  if (request->rq_proc != kEcho) {
    svcerr_noproc(transport);
    return;
  }
  if (!svc_getargs(transport, (xdrproc_t)xdr_text, (char *)&text)) {
    svcerr_decode(transport);
    return;
  }
  if (!svc_sendreply(transport, (xdrproc_t)xdr_text, (char *)&text)) fail("no reply");
  svc_freeargs(transport, (xdrproc_t)xdr_text, (char *)&text);
}

/* Without the port mapper: the port is printed instead. */
static void serve(void) {
  struct sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 4) != 0) fail("listen");
  if (getsockname(fd, (struct sockaddr *)&address, &size) != 0) fail("getsockname");
  SVCXPRT *transport = svc_vc_create(fd, kFragment, kFragment);
  if (transport == NULL || !svc_reg(transport, kProgram, kVersion, dispatch, NULL)) fail("svc");
  printf("port %d\n", ntohs(address.sin_port));
  fflush(stdout);
  svc_run();
}

static void echo(CLIENT *client, struct text said) {
  struct timeval timeout = {60, 0};
  struct text answer = {NULL, 0};
  enum clnt_stat status = clnt_call(client, kEcho, (xdrproc_t)xdr_text, (char *)&said,
                                    (xdrproc_t)xdr_text, (char *)&answer, timeout);
  if (status != RPC_SUCCESS) fail(clnt_sperrno(status));
  if (answer.size != said.size || memcmp(answer.bytes, said.bytes, said.size) != 0) {
    fail("another answer than expected");
  }
  clnt_freeres(client, (xdrproc_t)xdr_text, (char *)&answer);
}

static void call(int port) {
  struct sockaddr_in address = loopback(port);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) fail("connect");
  struct netbuf to = {sizeof(address), sizeof(address), &address};
  CLIENT *client = clnt_vc_create(fd, &to, kProgram, kVersion, kFragment, kFragment);
  if (client == NULL) fail("clnt_vc_create");
  for (int kind = getchar(); kind != EOF; kind = getchar()) {
    uint32_t size = 0;
    if (fread(&size, sizeof(size), 1, stdin) != 1) fail("the steps are cut off");
    struct text said = {NULL, ntohl(size)};
    said.bytes = malloc(said.size + 1);
    if (fread(said.bytes, 1, said.size, stdin) != said.size) fail("the steps are cut off");
    if (kind == 's') echo(client, said);
    free(said.bytes);
  }
  clnt_destroy(client);
  close(fd);
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "server") == 0) serve();
  if (argc == 3 && strcmp(argv[1], "client") == 0) call(atoi(argv[2]));
  return 0;
}
