#include "net/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/run_task.hpp"

namespace mp::net {
namespace {

using ::testing::HasSubstr;

Task<HttpResponse> Say(std::string text) {
    co_return MakeResponse(200, "text/plain", std::move(text));
}

HttpHandler Says(std::string text) {
    return [text](const HttpRequest&) { return Say(text); };
}

Task<HttpResponse> SayParam(const HttpRequest& request) {
    co_return MakeResponse(200, "text/plain", std::string(request.Param("id")));
}

HttpResponse Ask(const Router& router, HttpMethod method, std::string target) {
    HttpRequest request;
    request.method = method;
    request.target = std::move(target);
    return testing::RunTask(router.Dispatch(request));
}

std::string Body(const Router& router, std::string target) {
    return Ask(router, HttpMethod::kGet, std::move(target)).body;
}

TEST(Router, PrefersTextOverParameter) {
    Router router;
    router.Get("/tasks/{id}", SayParam);
    router.Get("/tasks/all", Says("all"));
    router.Get("/{any}/{id}/x", Says("any"));
    router.Get("/tasks/{id}/x", Says("tasks"));
    EXPECT_EQ(Body(router, "/tasks/all"), "all");
    EXPECT_EQ(Body(router, "/tasks/a%2Fb?q=1"), "a/b");
    EXPECT_EQ(Body(router, "/tasks/1/x"), "tasks");
    EXPECT_EQ(Body(router, "/other/1/x"), "any");
}

TEST(Router, Answers404And405) {
    Router router;
    router.Get("/a", Says("a"));
    router.Post("/a", Says("posted"));
    EXPECT_EQ(Ask(router, HttpMethod::kGet, "/b").status, 404);
    EXPECT_EQ(Ask(router, HttpMethod::kGet, "/a/").status, 404);
    EXPECT_EQ(Ask(router, HttpMethod::kGet, "*").status, 404);
    EXPECT_EQ(Ask(router, HttpMethod::kHead, "/a").status, 200);
    EXPECT_EQ(Ask(router, HttpMethod::kPost, "/a").body, "posted");
    const HttpResponse other = Ask(router, HttpMethod::kDelete, "/a");
    EXPECT_EQ(other.status, 405);
    EXPECT_EQ(other.headers.Get("Allow"), "GET, HEAD, POST, OPTIONS");
    EXPECT_THAT(other.body, HasSubstr("METHOD_NOT_ALLOWED"));
    EXPECT_EQ(Ask(router, HttpMethod::kOptions, "/a").status, 204);
}

TEST(Router, RefusesABrokenEscapeInAParameter) {
    Router router;
    router.Get("/tasks/{id}", SayParam);
    const HttpResponse response = Ask(router, HttpMethod::kGet, "/tasks/%zz");
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(response.body, HasSubstr("/tasks/%zz"));
}

Task<HttpResponse> Mark(const HttpRequest& request, const HttpHandler& next, std::string mark) {
    HttpResponse response = co_await next(request);
    response.body += mark;
    response.headers.Add("Route", request.route);
    co_return response;
}

HttpFilter Marks(std::string mark) {
    return [mark](const HttpRequest& request, const HttpHandler& next) {
        return Mark(request, next, mark);
    };
}

TEST(Router, WrapsEveryAnswerInFilters) {
    Router router;
    router.Get("/before", Says("b"));
    router.Use(Marks("1"));
    router.Use(Marks("2"));
    router.Get("/after/{id}", Says("a"));
    EXPECT_EQ(Body(router, "/before"), "b21");
    EXPECT_EQ(Body(router, "/after/x"), "a21");
    EXPECT_EQ(Ask(router, HttpMethod::kGet, "/after/x").headers.Get("Route"), "/after/{id}");
    EXPECT_THAT(Body(router, "/none"), ::testing::EndsWith("21"));
    EXPECT_EQ(Ask(router, HttpMethod::kGet, "/none").headers.Get("Route"), "");
}

Task<> Nothing(WebSocket&, const HttpRequest&) {
    co_return;
}

TEST(Router, LetsOnlyProperUpgradesThrough) {
    Router router;
    router.HandleWebSocket("/stream", Nothing);
    EXPECT_EQ(Ask(router, HttpMethod::kGet, "/stream").status, 426);
    HttpRequest request;
    request.target = "/stream?x=1";
    request.headers = {
        {"Upgrade", "websocket"},
        {"Connection", "Upgrade"},
        {"Sec-WebSocket-Version", "13"},
        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
    EXPECT_EQ(testing::RunTask(router.Dispatch(request)).status, 101);
    EXPECT_NE(router.FindWebSocket(request.path()), nullptr);
    EXPECT_EQ(router.FindWebSocket("/other"), nullptr);
}

TEST(RouterDeathTest, AbortsOnMistakesOfTheProgram) {
    Router router;
    router.Get("/a", Says("a"));
    EXPECT_DEATH(router.Get("/a", Says("a")), "already");
    EXPECT_DEATH(router.Get("a", Says("a")), "begin with /");
    EXPECT_DEATH(router.Get("/x{id}", Says("a")), "whole segment");
}

}  // namespace
}  // namespace mp::net
