#include "runtime/cancellation.hpp"

#include <string>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace mp::runtime {
namespace {

namespace error = boost::asio::error;

StatusCode CodeOf(const boost::system::error_code& code) {
    if (code == error::operation_aborted) return StatusCode::kCancelled;
    if (code == error::timed_out) return StatusCode::kDeadlineExceeded;
    if (code == error::access_denied || code == error::no_permission) {
        return StatusCode::kPermissionDenied;
    }
    if (code == error::address_in_use) return StatusCode::kAlreadyExists;
    if (code == boost::system::errc::no_such_file_or_directory) return StatusCode::kNotFound;
    for (const boost::system::error_code away :
         {make_error_code(error::connection_refused),
          make_error_code(error::connection_reset),
          make_error_code(error::connection_aborted),
          make_error_code(error::broken_pipe),
          make_error_code(error::eof),
          make_error_code(error::host_unreachable),
          make_error_code(error::network_unreachable),
          make_error_code(error::network_down),
          make_error_code(error::network_reset),
          make_error_code(error::not_connected),
          make_error_code(error::host_not_found),
          make_error_code(error::host_not_found_try_again)}) {
        if (code == away) return StatusCode::kUnavailable;
    }
    return StatusCode::kUnknown;
}

}  // namespace

void ThrowCancelled() {
    throw boost::system::system_error(error::operation_aborted);
}

bool IsCancelled(const std::exception_ptr& thrown) {
    if (!thrown) return false;
    try {
        std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& caught) {
        return caught.code() == error::operation_aborted;
    } catch (...) {
        return false;
    }
}

void ThrowIfCancelled(const boost::system::error_code& code) {
    if (code == error::operation_aborted) ThrowCancelled();
}

Status ToStatus(const boost::system::error_code& code, std::string_view what) {
    if (!code) return OkStatus();
    return Status(CodeOf(code), std::string(what) + ": " + code.message());
}

}  // namespace mp::runtime
