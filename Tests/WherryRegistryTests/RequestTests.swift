import Testing
import WherryModel
import WherryRegistry

private let a = "/v2/a/b-c/d__e"
private let digest = "sha256:" + String(repeating: "ab", count: 32)

@Suite struct RequestTests {
  private func read(_ method: String, _ target: String) throws(RegistryProblem) -> RegistryRequest {
    try RegistryRequest(method: method, target: target)
  }

  private func problem(_ method: String, _ target: String) -> RegistryProblem? {
    do throws(RegistryProblem) {
      _ = try read(method, target)
      return nil
    } catch {
      return error
    }
  }

  @Test func everyEndpointIsRead() throws {
    let name = try RepositoryName("a/b-c/d__e")
    let blob = try Digest(digest)
    let id = try UploadID("01234567-89ab-4def-8123-456789abcdef")
    #expect(try read("GET", "/v2/") == .base)
    #expect(try read("GET", "/v2") == .base)
    #expect(try read("HEAD", "\(a)/blobs/\(digest)") == .readBlob(name, blob))
    #expect(try read("GET", "\(a)/blobs/sha256%3A\(blob.hex)") == .readBlob(name, blob))
    #expect(try read("DELETE", "\(a)/blobs/\(digest)") == .deleteBlob(name, blob))
    #expect(try read("POST", "\(a)/blobs/uploads/") == .startUpload(name, .session(.sha256)))
    #expect(try read("POST", "\(a)/blobs/uploads") == .startUpload(name, .session(.sha256)))
    #expect(
      try read("POST", "\(a)/blobs/uploads/?digest-algorithm=sha512")
        == .startUpload(name, .session(.sha512)))
    #expect(
      try read("POST", "\(a)/blobs/uploads/?digest=\(digest)") == .startUpload(name, .whole(blob)))
    #expect(
      try read("POST", "\(a)/blobs/uploads/?mount=\(digest)&from=x%2Fy")
        == .startUpload(name, .mount(blob, from: try RepositoryName("x/y"))))
    #expect(try read("GET", "\(a)/blobs/uploads/\(id)") == .uploadStatus(name, id))
    #expect(try read("PATCH", "\(a)/blobs/uploads/\(id)") == .uploadChunk(name, id))
    #expect(
      try read("PUT", "\(a)/blobs/uploads/\(id)?digest=\(digest)") == .finishUpload(name, id, blob))
    #expect(try read("DELETE", "\(a)/blobs/uploads/\(id)") == .cancelUpload(name, id))
    #expect(try read("GET", "\(a)/manifests/v1.0") == .readManifest(name, .tag("v1.0")))
    #expect(
      try read("PUT", "\(a)/manifests/\(digest)?tag=x&tag=y")
        == .writeManifest(name, .digest(blob), tags: ["x", "y"]))
    #expect(try read("DELETE", "\(a)/manifests/\(digest)") == .deleteManifest(name, .digest(blob)))
    #expect(try read("GET", "\(a)/tags/list?n=3&last=x") == .tags(name, Page(count: 3, last: "x")))
    #expect(
      try read("GET", "\(a)/referrers/\(digest)?artifactType=application/x+json")
        == .referrers(name, blob, artifactType: "application/x+json", last: nil))
    #expect(try read("GET", "/v2/_catalog") == .catalog(Page(count: nil, last: nil)))
    #expect(
      try read("GET", "http://registry.example/v2/a/tags/list")
        == .tags(try RepositoryName("a"), Page(count: nil, last: nil)))
  }

  @Test func wordsOfTheInterfaceMayBePartsOfANameToo() throws {
    #expect(
      try read("GET", "/v2/blobs/manifests/manifests/tags")
        == .readManifest(try RepositoryName("blobs/manifests"), .tag("tags")))
    #expect(
      try read("GET", "/v2/a/tags/list/tags/list")
        == .tags(try RepositoryName("a/tags/list"), Page(count: nil, last: nil)))
  }

  @Test(arguments: [
    "/v2/../tags/list", "/v2/a/../b/tags/list", "/v2/a/%2e%2e/b/tags/list", "/v2/a%2F..%2Fb/tags/list",
    "/v2//tags/list",
    "/v2/a//b/tags/list", "/v2/_blobs/tags/list", "/v2/a/_tags/tags/list", "/v2/.hidden/tags/list",
    "/v2/A/tags/list",
    "/v2/" + String(repeating: "a", count: 256) + "/tags/list",
  ])
  func aNameThatLeadsElsewhereIsRefused(_ target: String) {
    #expect(problem("GET", target)?.code == .nameInvalid)
  }

  @Test(arguments: [
    "sha256:../../etc/passwd", "sha256:ABCD", "md5:0", "sha256:" + String(repeating: "a", count: 63),
  ])
  func aDigestThatIsNoneIsRefused(_ text: String) {
    #expect(problem("GET", "/v2/a/blobs/\(text)")?.status != nil)
    #expect(
      problem("PUT", "/v2/a/blobs/uploads/01234567-89ab-4def-8123-456789abcdef?digest=\(text)")?.code
        == .digestInvalid)
  }

  @Test func whatCannotBeDoneIsSaid() {
    #expect(
      problem("PUT", "/v2/a/blobs/uploads/01234567-89ab-4def-8123-456789abcdef")?.code == .digestInvalid)
    #expect(problem("GET", "/v2/a/blobs/uploads/..")?.code == .blobUploadUnknown)
    #expect(problem("BREW", "/v2/")?.status == 405)
    #expect(problem("PUT", "/v2/a/tags/list")?.headers == [RegistryHeader("Allow", "GET, HEAD")])
    #expect(problem("GET", "/v1/")?.status == 404)
    #expect(problem("GET", "/v2/a/tags/list?n=-1")?.status == 400)
    #expect(problem("GET", "/v2/a/tags/list?n=99999999999999999999")?.status == 400)
    #expect(problem("GET", "/v2/a/tags/list?last=%zz")?.status == 400)
    #expect(problem("GET", "/v2/a%00/tags/list")?.status == 400)
    #expect(problem("GET", "/v2/a%ff/tags/list")?.status == 400)
    #expect(problem("GET", "/v2/a/manifests/" + String(repeating: "t", count: 129))?.code == .manifestInvalid)
    #expect(problem("GET", "/v2/" + String(repeating: "x/", count: 5000))?.status == 414)
  }

  @Test func aPageIsWhatComesAfterTheLastOne() throws {
    let all = ["a", "b", "c", "d"]
    #expect(Page(count: 2, last: nil).cut(all).items == ["a", "b"])
    #expect(Page(count: 2, last: nil).cut(all).next == "b")
    #expect(Page(count: 2, last: "b").cut(all).items == ["c", "d"])
    #expect(Page(count: 2, last: "b").cut(all).next == nil)
    #expect(Page(count: nil, last: "bb").cut(all).items == ["c", "d"])
    #expect(Page(count: 0, last: nil).cut(all).items.isEmpty)
    #expect(Page(count: 0, last: nil).cut(all).next == nil)
  }
}
