#pragma once
// What one instance wants to have changed in a lane that another one writes to: a row of the state
// that is answered in place. Whoever has the lane does it, also where that is somebody else by
// then, so an order may be done twice; what is ordered may be repeated.
//
// The revisions of these rows are below those of lanes: 1 asked, 2 answered, 3 gone. Thread-safe;
// calls block.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "storage/engines/clickhouse/client.hpp"

namespace mp::storage::clickhouse {

class Orders {
  public:
    using Texts = std::vector<std::string>;

    // The server that has the state.
    explicit Orders(ClientConfig server) : client_(std::move(server)) {}

    // Waits for the answer: Unavailable where none comes in time.
    Result<Texts> Ask(uint32_t lane, const Texts& order) const;

    struct Open {
        std::string key;
        uint32_t lane = 0;
        Texts order;
    };
    // What waits for an answer.
    Result<std::vector<Open>> Read() const;
    Status Answer(const std::string& key, const Result<Texts>& answer) const;

    void GiveUpAt(Deadline deadline) { client_.GiveUpAt(deadline); }

  private:
    Result<Texts> Await(const std::string& key) const;

    Client client_;
};

}  // namespace mp::storage::clickhouse
