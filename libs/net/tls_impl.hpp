#pragma once
// What TlsContext holds. Only libs/net uses it.

#include <memory>

#include <boost/asio/ssl/context.hpp>

#include "net/tls.hpp"

namespace mp::net {

struct TlsContext::Impl {
    std::shared_ptr<boost::asio::ssl::context>
        context;          // each connection keeps the one it began with
    bool verify = false;  // the peer's name
};

}  // namespace mp::net
