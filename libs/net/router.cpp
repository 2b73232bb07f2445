#include "net/router.hpp"

#include <absl/container/flat_hash_map.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <optional>
#include <vector>

#include "net/text.hpp"
#include "net/url.hpp"
#include "net/websocket_handshake.hpp"

namespace mp::net {
namespace {

struct Segment {
    std::string text;  // a literal, or the name between the braces
    bool is_param = false;
};

// How one method of a route is answered: what was registered, and the same inside all filters.
struct Entry {
    HttpMethod method;
    HttpHandler handler;
    HttpHandler composed;
};

struct Route {
    std::string pattern;
    std::vector<Segment> segments;  // empty where there is no {name}
    std::deque<Entry> entries;      // deque: handlers keep their address
    Entry fallback;                 // OPTIONS and 405
    WebSocketHandler websocket;
};

[[noreturn]] void Refuse(std::string_view pattern, std::string_view why) {
    std::fputs(Text("route \"", pattern, "\": ", why, "\n").c_str(), stderr);
    std::abort();
}

std::vector<Segment> ParsePattern(std::string_view pattern) {
    if (!pattern.starts_with('/')) Refuse(pattern, "must begin with /");
    std::vector<Segment> segments;
    Split(pattern.substr(1), '/', [&](std::string_view piece) {
        const bool opens = piece.starts_with('{');
        if (opens != piece.ends_with('}') || (opens && piece.size() < 3)) {
            Refuse(pattern, "a {name} takes a whole segment");
        }
        if (opens) piece = piece.substr(1, piece.size() - 2);
        segments.push_back({std::string(piece), opens});
        return true;
    });
    return segments;
}

bool HasParams(const std::vector<Segment>& segments) {
    return std::any_of(segments.begin(), segments.end(), [](const Segment& segment) {
        return segment.is_param;
    });
}

// Whether `a` is to be tried before `b`: it has a literal where the other has its first {name}.
bool MoreSpecific(const Route& a, const Route& b) {
    const size_t size = std::min(a.segments.size(), b.segments.size());
    for (size_t i = 0; i < size; ++i) {
        if (a.segments[i].is_param != b.segments[i].is_param) return b.segments[i].is_param;
    }
    return false;
}

bool Matches(const Route& route, std::string_view path) {
    size_t index = 0;
    const bool all = Split(path.substr(1), '/', [&](std::string_view piece) {
        if (index == route.segments.size()) return false;
        const Segment& segment = route.segments[index++];
        return segment.is_param ? !piece.empty() : piece == segment.text;
    });
    return all && index == route.segments.size();
}

// For a path that matches. False: a percent escape is broken.
bool FillParams(const Route& route, std::string_view path, HttpRequest& request) {
    size_t index = 0;
    return Split(path.substr(1), '/', [&](std::string_view piece) {
        const Segment& segment = route.segments[index++];
        if (!segment.is_param) return true;
        Result<std::string> value = PercentDecode(piece);
        if (!value.ok()) return false;
        request.params.emplace_back(segment.text, *std::move(value));
        return true;
    });
}

std::string AllowedMethods(const Route& route) {
    std::string names;
    for (const Entry& entry : route.entries) {
        AppendText(names, ToString(entry.method), ", ");
        if (entry.method == HttpMethod::kGet) names += "HEAD, ";
    }
    return names + "OPTIONS";
}

Task<HttpResponse> AnswerNotFound(const HttpRequest& request) {
    co_return ErrorResponse(404, "NOT_FOUND", Text("no such path: ", request.path()));
}

Task<HttpResponse> AnswerOtherMethod(const Route& route, const HttpRequest& request) {
    HttpResponse response;
    if (request.method == HttpMethod::kOptions) {
        response.status = 204;
    } else {
        response = ErrorResponse(405, "METHOD_NOT_ALLOWED", "the path does not take this method");
    }
    response.headers.Add("Allow", AllowedMethods(route));
    co_return response;
}

Task<HttpResponse> AnswerUpgrade(const HttpRequest& request) {
    const Status valid = CheckUpgradeRequest(request);
    if (valid.ok()) {
        HttpResponse response;
        response.status = 101;
        co_return response;
    }
    HttpResponse refusal = ErrorResponse(426, "UPGRADE_REQUIRED", std::string(valid.message()));
    refusal.headers.Add("Upgrade", "websocket");
    refusal.headers.Add("Sec-WebSocket-Version", "13");
    co_return refusal;
}

Task<HttpResponse> AnswerBadPath(const HttpRequest& request) {
    co_return ErrorResponse(
        400, "INVALID_ARGUMENT", Text("path: broken percent escape: ", request.path())
    );
}

}  // namespace

struct Router::Impl {
    std::deque<Route> routes;  // deque: requests view the patterns
    absl::flat_hash_map<std::string_view, Route*> exact;
    std::vector<Route*> with_params;  // most specific first
    std::deque<HttpFilter> filters;
    Entry not_found{HttpMethod::kOther, AnswerNotFound, AnswerNotFound};
    Entry bad_path{HttpMethod::kOther, AnswerBadPath, AnswerBadPath};

    Route& Add(std::string_view pattern) {
        for (Route& route : routes) {
            if (route.pattern == pattern) return route;
        }
        std::vector<Segment> segments = ParsePattern(pattern);
        Route& route = routes.emplace_back();
        route.pattern = pattern;
        if (HasParams(segments)) route.segments = std::move(segments);
        route.fallback.handler = [&route](const HttpRequest& request) {
            return AnswerOtherMethod(route, request);
        };
        Compose(route.fallback);
        if (route.segments.empty()) {
            exact.emplace(route.pattern, &route);
        } else {
            const auto place =
                std::find_if(with_params.begin(), with_params.end(), [&](const Route* other) {
                    return MoreSpecific(route, *other);
                });
            with_params.insert(place, &route);
        }
        return route;
    }

    // Wraps the handler in every filter, the first one outermost.
    void Compose(Entry& entry) {
        entry.composed = entry.handler;
        for (auto filter = filters.rbegin(); filter != filters.rend(); ++filter) {
            entry.composed = [run = &*filter,
                              next = std::move(entry.composed)](const HttpRequest& request) {
                return (*run)(request, next);
            };
        }
    }

    void ComposeAll() {
        Compose(not_found);
        Compose(bad_path);
        for (Route& route : routes) {
            Compose(route.fallback);
            for (Entry& entry : route.entries) Compose(entry);
        }
    }

    Route* Find(std::string_view path) const {
        if (const auto found = exact.find(path); found != exact.end()) return found->second;
        if (!path.starts_with('/')) return nullptr;
        for (Route* route : with_params) {
            if (Matches(*route, path)) return route;
        }
        return nullptr;
    }

    static const Entry& Choose(const Route& route, HttpMethod method) {
        const HttpMethod wanted = method == HttpMethod::kHead ? HttpMethod::kGet : method;
        const Entry* chosen = &route.fallback;
        for (const Entry& entry : route.entries) {
            if (entry.method == method) return entry;
            if (entry.method == wanted) chosen = &entry;
        }
        return *chosen;
    }
};

Router::Router() : impl_(std::make_unique<Impl>()) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

void Router::Handle(HttpMethod method, std::string_view pattern, HttpHandler handler) {
    Route& route = impl_->Add(pattern);
    for (const Entry& entry : route.entries) {
        if (entry.method == method) Refuse(pattern, "has a handler for this method already");
    }
    Entry& entry = route.entries.emplace_back();
    entry.method = method;
    entry.handler = std::move(handler);
    impl_->Compose(entry);
}

void Router::Get(std::string_view pattern, HttpHandler handler) {
    Handle(HttpMethod::kGet, pattern, std::move(handler));
}

void Router::Post(std::string_view pattern, HttpHandler handler) {
    Handle(HttpMethod::kPost, pattern, std::move(handler));
}

void Router::HandleWebSocket(std::string_view pattern, WebSocketHandler handler) {
    Handle(HttpMethod::kGet, pattern, AnswerUpgrade);
    impl_->Add(pattern).websocket = std::move(handler);
}

void Router::Use(HttpFilter filter) {
    impl_->filters.push_back(std::move(filter));
    impl_->ComposeAll();
}

Task<HttpResponse> Router::Dispatch(HttpRequest& request) const {
    request.route = {};
    request.params.clear();
    const std::string_view path = request.path();
    const Route* route = impl_->Find(path);
    if (route == nullptr) return impl_->not_found.composed(request);
    if (!route->segments.empty() && !FillParams(*route, path, request)) {
        return impl_->bad_path.composed(request);
    }
    request.route = route->pattern;
    return Impl::Choose(*route, request.method).composed(request);
}

const WebSocketHandler* Router::FindWebSocket(std::string_view path) const {
    const Route* route = impl_->Find(path);
    return route != nullptr && route->websocket ? &route->websocket : nullptr;
}

}  // namespace mp::net
