#pragma once
// Certificate files as a service has them, in a folder of the test, to be replaced under way.

#include <string>

#include "testing/temp_dir.hpp"
#include "testing/test_ca.hpp"

namespace mp::testing {

class CertificateFiles {
  public:
    CertificateFiles() = default;
    explicit CertificateFiles(const TestCa& ca, const TestCa::Request& request = {}) {
        Put(ca.Issue(request), ca.pem());
    }

    void Put(const TestCa::Issued& own, const std::string& ca_pem) const {
        folder_.Write("own.key", own.key);
        folder_.Write("own.pem", own.certificate);
        folder_.Write("ca.pem", ca_pem);
    }

    std::string certificate() const { return (folder_ / "own.pem").string(); }
    std::string key() const { return (folder_ / "own.key").string(); }
    std::string ca() const { return (folder_ / "ca.pem").string(); }
    const TempDir& folder() const { return folder_; }

  private:
    TempDir folder_;
};

}  // namespace mp::testing
