#pragma once
// What a server is able to do beyond the oldest one supported (18.16).

#include <string>

#include "base/status.hpp"
#include "storage/engines/clickhouse/client.hpp"

namespace mp::storage::clickhouse {

struct Features {
    std::string version;
    bool codecs = false;   // compression a column
    bool fsync = false;    // an insert can be on the disk when it is answered
    bool disks = false;    // the server says how much room is left
    bool parquet = false;  // it writes answers as files of that format

    friend bool operator==(const Features&, const Features&) = default;
};

// Asks the server and tries things out in its database, which must exist.
Result<Features> DetectFeatures(const Client& client);

}  // namespace mp::storage::clickhouse
