#pragma once
// Section tls of every service's configuration: one certificate for all its ports and connections.
//
//   tls: {certificate_file: own.pem, key_file: own.key, ca_file: ca.pem}
//
// With a certificate the service's gRPC port, and its HTTP port where `http` says so, speak TLS
// alone, and so do its calls to the other services. ca_file names whom it trusts, in both
// directions: services and brokers that it calls, and clients that show a certificate.

#include <memory>
#include <string>

#include "base/duration.hpp"
#include "config/reader.hpp"
#include "net/tls.hpp"
#include "tls/material.hpp"

namespace mp::tls {

struct Config {
    Files files;
    net::ClientCertificates clients = net::ClientCertificates::kNone;  // tls.clients
    bool http = false;                                                 // tls.http
    Duration check_every = std::chrono::seconds(10);                   // tls.check_every
    // What the files held when they were read; null where none is named.
    std::shared_ptr<const Material> material;
};

// `clients` and `http` are the service's defaults, set before the call; without a certificate they
// mean nothing, without a CA nobody's certificate is asked for. `root`: the reader of the whole
// tree. Every file is read and checked: a fault is an error at its key.
void Read(config::Reader& root, Config* config);

}  // namespace mp::tls
