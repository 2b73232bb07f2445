#pragma once
// What certificate files hold, and what is wrong with it.

#include <optional>
#include <string>
#include <vector>

#include "base/status.hpp"
#include "base/time.hpp"

namespace mp::tls {

// Paths of PEM files; empty: not named.
struct Files {
    std::string certificate;  // the chain, the own certificate first
    std::string key;          // without a password
    std::string ca;           // one or more certificates

    bool empty() const { return certificate.empty() && key.empty() && ca.empty(); }
};

// Checked: the key fits the certificate and OpenSSL takes both. PEM texts, empty where no file is
// named.
struct Material {
    std::string certificate;
    std::string key;
    std::string ca;
    std::optional<Nanos> certificate_expires;
    std::optional<Nanos> ca_expires;  // of several the latest: nobody is trusted from then on

    bool SameFilesAs(const Material& other) const {
        return certificate == other.certificate && key == other.key && ca == other.ca;
    }
};

struct Fault {
    std::string key;   // of section tls: "certificate_file"
    std::string what;  // names the file
};

struct Loaded {
    Material material;
    std::vector<Fault> faults;  // every one that was found; empty: the material can be used

    // InvalidArgument with all faults.
    Status status() const;
};

// Blocks while it reads the files.
Loaded Load(const Files& files, Nanos now);

}  // namespace mp::tls
