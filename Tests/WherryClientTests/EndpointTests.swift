import Testing
import WherryModel

@testable import WherryClient

struct EndpointTests {
  @Test func theFlagWinsOverTheEnvironment() throws {
    #expect(try Endpoint.resolve(host: "unix:///a", environment: "unix:///b").path == "/a")
    #expect(try Endpoint.resolve(host: nil, environment: "unix:///b").path == "/b")
    #expect(try Endpoint.resolve(host: "", environment: "").path == "/run/wherry/wherry.sock")
    #expect(try Endpoint.resolve(host: nil, environment: nil).description == "unix:///run/wherry/wherry.sock")
  }

  static let refused = [
    "", "/run/x.sock", "unix://", "unix://run/x.sock", "tcp://device:2378", "unix:///a\0b",
    "unix:///" + String(repeating: "x", count: 107),
  ]

  @Test(arguments: refused)
  func whatIsNoUnixSocketIsRefused(_ text: String) {
    let error = #expect(throws: WherryError.self) { try Endpoint(text) }
    #expect(error?.code == .invalidArgument)
  }
}
