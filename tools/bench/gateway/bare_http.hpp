#pragma once
// The least that a Beast server does for a keep-alive client: read a request, write an answer that
// is ready. GET /<n> is answered with n bytes of body. One thread, the one that runs `io`.

#include <cstdint>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace mp::bench {

class BareHttp {
  public:
    // Any free port on loopback; serves while `io` runs.
    explicit BareHttp(boost::asio::io_context& io);

    uint16_t port() const { return acceptor_.local_endpoint().port(); }

  private:
    void Accept();

    boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace mp::bench
