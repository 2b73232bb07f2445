#pragma once
// A certificate authority of its own for each test, and certificates that it signs.

#include <chrono>
#include <memory>
#include <string>

namespace mp::testing {

class TestCa {
  public:
    // PEM texts.
    struct Issued {
        std::string certificate;
        std::string key;
    };
    struct Request {
        std::string common_name = "localhost";
        std::string names = "DNS:localhost,IP:127.0.0.1";
        std::chrono::seconds from{-60};  // from now
        std::chrono::seconds until{3600};
    };

    explicit TestCa(const std::string& name = "MarketPrism test CA");
    ~TestCa();
    TestCa(const TestCa&) = delete;
    TestCa& operator=(const TestCa&) = delete;

    const std::string& pem() const { return pem_; }
    Issued Issue(const Request& request) const;
    Issued Issue() const { return Issue(Request()); }

  private:
    struct State;
    std::unique_ptr<State> state_;
    std::string pem_;
};

}  // namespace mp::testing
