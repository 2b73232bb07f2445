#pragma once
// Asks a ClickHouse server and throws the answer away: the ceiling of reading from it. One
// connection; ends the program where the server refuses. Not thread-safe.

#include <string>

namespace mp::bench {

class RawFetch {
  public:
    RawFetch(const std::string& url, const std::string& database);
    ~RawFetch();
    RawFetch(const RawFetch&) = delete;
    RawFetch& operator=(const RawFetch&) = delete;

    // How many bytes the answer had.
    size_t Discard(const std::string& sql);

  private:
    void* curl_;
};

}  // namespace mp::bench
