#pragma once
// What a web page of somebody else can make its reader's browser ask of a gateway that wants no
// key, told by what no page can choose: Origin, Host, and the Content-Type of a plain form. Where a
// key is shown none of this matters: a page has none to show.

#include "base/status.hpp"
#include "net/http_message.hpp"

namespace mp::gateway {

// PermissionDenied: a page of another host than the one that is asked sent it. Pages from loopback
// may; what is no browser sends no Origin.
Status CheckOrigin(const net::HttpRequest& request);

// PermissionDenied: a name that is not loopback led here, although nothing else is listened at.
Status CheckHost(const net::HttpRequest& request);

// Whether a body that is there says that it is JSON.
bool SaysJson(const net::HttpRequest& request);

}  // namespace mp::gateway
