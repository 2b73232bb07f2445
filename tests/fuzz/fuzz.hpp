#pragma once
// What a fuzz target defines. fuzz_main.cpp is the rest of it.

#include <string>
#include <string_view>
#include <vector>

namespace mp::fuzz {

// What mutation begins with: at least one input that is taken as good.
std::vector<std::string> Seeds();

// Must neither crash nor hang nor break a promise, whatever the bytes are.
void Try(std::string_view input);

// A promise; where it is broken the input is kept as a finding.
void Require(bool holds, const char* promise);

// Splits control bytes off the front of an input: a mutation then also chooses how bytes arrive.
class Input {
  public:
    explicit Input(std::string_view bytes) : rest_(bytes) {}

    // 0 where the input has ended.
    unsigned char Byte() {
        if (rest_.empty()) return 0;
        const auto byte = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        return byte;
    }
    std::string_view rest() const { return rest_; }

  private:
    std::string_view rest_;
};

}  // namespace mp::fuzz
