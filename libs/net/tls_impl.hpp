#pragma once
// What TlsContext holds. Only libs/net uses it.

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

#include "net/tls.hpp"

namespace mp::net {

struct TlsContext::Impl {
    explicit Impl(boost::asio::ssl::context::method method) : context(method) {}

    boost::asio::ssl::context context;
    bool verify = false;
};

}  // namespace mp::net
