#include "unstick/asio/framed_client.h"

#include "src/asio/client_core.h"
#include "src/asio/exchange_by_id.h"

namespace unstick::inline v0::aio {

FramedClient FramedClient::ById(::asio::any_io_executor executor,
                                std::vector<net::Endpoint> endpoints, ClientOptions options,
                                HeaderFramer framer) {
  return FramedClient(std::move(executor), std::move(endpoints), std::move(options),
                      [framer = std::move(framer)](Stream stream) {
                        return std::make_unique<detail::ById>(std::move(stream), framer);
                      });
}

FramedClient::FramedClient(::asio::any_io_executor executor, std::vector<net::Endpoint> endpoints,
                           ClientOptions options, detail::ExchangeFactory make_exchange)
    : core_(std::make_shared<detail::ClientCore>(std::move(executor), std::move(endpoints),
                                                 std::move(options), std::move(make_exchange))) {}

FramedClient::FramedClient(FramedClient&&) noexcept = default;
FramedClient& FramedClient::operator=(FramedClient&& other) noexcept {
  FramedClient taken(std::move(other));
  core_.swap(taken.core_);
  return *this;
}
FramedClient::~FramedClient() {
  if (core_) core_->End(absl::CancelledError("the client is gone"));
}

::asio::awaitable<absl::StatusOr<Reply>> FramedClient::Call(ByteView payload,
                                                            const CallOptions& options) {
  const net::Deadline until =
      options.until ? *options.until : net::DeadlineIn(core_->options().call_timeout);
  return detail::ClientCore::Call(core_, payload, options.metadata, until);
}

::asio::awaitable<absl::Status> FramedClient::Close(net::Deadline until) {
  return detail::ClientCore::Close(core_, until);
}

ClientStats FramedClient::stats() const { return core_->stats(); }
::asio::any_io_executor FramedClient::get_executor() const { return core_->executor(); }

}  // namespace unstick::inline v0::aio
