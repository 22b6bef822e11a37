import NIOHTTP1
import Testing
import WherryModel

@testable import WherryImages

@Suite struct NextPageTests {
  private static let prefix = "/v2/a/"

  private static func next(_ links: String...) throws -> String? {
    try NextPage.target(
      HTTPHeaders(links.map { ("Link", $0) }),
      from: try RegistryURL("https://reg.example/v2/a/tags/list?n=1"),
      within: prefix)
  }

  @Test(arguments: [
    (#"</v2/a/tags/list?n=1&last=x>; rel="next""#, "/v2/a/tags/list?n=1&last=x"),
    ("</v2/a/tags/list?last=x>;rel=next", "/v2/a/tags/list?last=x"),
    (#"<https://reg.example/v2/a/tags/list?last=x>; rel="next""#, "/v2/a/tags/list?last=x"),
    (#"<list?last=x>; rel="next""#, "/v2/a/tags/list?last=x"),
    (#"</v2/a/one>; rel="prev", </v2/a/two>; rel="next""#, "/v2/a/two"),
  ])
  func isRead(_ link: String, _ target: String) throws {
    #expect(try Self.next(link) == target)
  }

  @Test(arguments: ["", "<", "next", "</v2/a/x>", "</v2/a/x>; rel=prev", "/v2/a/x; rel=next", ";;,,<>", ","])
  func whatNamesNoneIsTheEnd(_ link: String) throws {
    #expect(try Self.next(link) == nil)
  }

  @Test(arguments: [
    "<https://other.example/v2/a/x>; rel=next", "<http://reg.example/v2/a/x>; rel=next",
    "</v2/b/x>; rel=next", "<//other.example/v2/a/x>; rel=next", "<ftp:x>; rel=next", "</v2/a/%0a>; rel=next",
  ])
  func whatLeadsElsewhereIsRefused(_ link: String) {
    #expect(throws: WherryError.self) { try Self.next(link) }
  }
}
