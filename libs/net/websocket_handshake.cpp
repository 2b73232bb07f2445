#include "net/websocket_handshake.hpp"

#include <absl/strings/escaping.h>
#include <array>
#include <cstdlib>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "net/text.hpp"

namespace mp::net {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

Status Refused(std::string_view what) {
    return absl::FailedPreconditionError(std::string(what));
}

void AppendHeaders(const HttpHeaders& headers, std::string& out) {
    for (size_t i = 0; i < headers.size(); ++i) {
        AppendText(out, headers.name(i), ": ", headers.value(i), "\r\n");
    }
}

bool ReadParameter(std::string_view parameter, UpgradeAgreement& agreement) {
    const std::string_view name = Trim(parameter.substr(0, parameter.find('=')));
    if (name == "server_no_context_takeover") {
        agreement.server_keeps_context = false;
        return true;
    }
    // client_max_window_bits was not offered; of the server's, the largest reads every smaller one.
    return name == "client_no_context_takeover" || name == "server_max_window_bits";
}

// The one extension of a Sec-WebSocket-Extensions answer.
Result<UpgradeAgreement> ReadDeflate(std::string_view extension) {
    UpgradeAgreement agreement;
    const bool known = Split(extension, ';', [&](std::string_view piece) {
        if (agreement.deflate) return ReadParameter(Trim(piece), agreement);
        agreement.deflate = Trim(piece) == "permessage-deflate";
        return agreement.deflate;
    });
    if (!known) return Refused("an extension or a parameter nobody asked for");
    return agreement;
}

}  // namespace

std::string MakeWebSocketKey() {
    std::array<unsigned char, 16> bytes;
    if (RAND_bytes(bytes.data(), bytes.size()) != 1) std::abort();
    return absl::Base64Escape({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string WebSocketAccept(std::string_view key) {
    const std::string text = Text(key, kGuid);
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return absl::Base64Escape({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string UpgradeRequest(
    const Url& url, std::string_view key, bool offer_deflate, const HttpHeaders& headers
) {
    std::string out = Text(
        "GET ",
        url.target,
        " HTTP/1.1\r\nHost: ",
        url.HostHeader(),
        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: ",
        key,
        "\r\n"
    );
    if (offer_deflate) out += "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    AppendHeaders(headers, out);
    out += "\r\n";
    return out;
}

Result<UpgradeAgreement> CheckUpgradeResponse(
    const HttpHeaders& headers, std::string_view key, bool offered_deflate
) {
    if (!headers.HasToken("Upgrade", "websocket") || !headers.HasToken("Connection", "upgrade")) {
        return Refused("the answer does not upgrade to websocket");
    }
    if (headers.Get("Sec-WebSocket-Accept") != WebSocketAccept(key)) {
        return Refused("Sec-WebSocket-Accept does not fit the key");
    }
    if (headers.Has("Sec-WebSocket-Protocol")) return Refused("a subprotocol nobody asked for");
    const std::string_view extensions = headers.Get("Sec-WebSocket-Extensions").value_or("");
    if (Trim(extensions).empty()) return UpgradeAgreement();
    if (!offered_deflate) return Refused("an extension nobody asked for");
    if (extensions.find(',') != std::string_view::npos) return Refused("more than one extension");
    return ReadDeflate(extensions);
}

Status CheckUpgradeRequest(const HttpRequest& request) {
    const HttpHeaders& headers = request.headers;
    if (request.method != HttpMethod::kGet) return Refused("a WebSocket is opened by GET");
    if (!headers.HasToken("Upgrade", "websocket") || !headers.HasToken("Connection", "upgrade")) {
        return Refused("this path speaks WebSocket: send Upgrade: websocket");
    }
    if (headers.Get("Sec-WebSocket-Version") != "13") {
        return Refused("Sec-WebSocket-Version must be 13");
    }
    std::string key;
    const std::string sent(headers.Get("Sec-WebSocket-Key").value_or(""));
    if (!absl::Base64Unescape(sent, &key) || key.size() != 16) {
        return Refused("Sec-WebSocket-Key must be 16 bytes in base64");
    }
    return OkStatus();
}

std::string UpgradeResponse(const HttpRequest& request, const HttpHeaders& extra) {
    std::string out = Text(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: ",
        WebSocketAccept(request.headers.Get("Sec-WebSocket-Key").value_or("")),
        "\r\n"
    );
    AppendHeaders(extra, out);
    out += "\r\n";
    return out;
}

}  // namespace mp::net
