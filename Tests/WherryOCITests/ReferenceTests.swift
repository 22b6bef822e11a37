import Testing
import WherryModel
import WherryOCI

@Suite struct ReferenceTests {
  static let f64 = String(repeating: "f", count: 64)

  struct Vector: Sendable {
    var input: String
    var domain = "docker.io"
    var path: String
    var tag: String? = "latest"
    var digest: String?
    var familiar: String?
  }

  /// Facts of distribution's reference_test.go and normalize_test.go (TestReferenceParse, TestParseRepositoryInfo,
  /// TestParseDockerRef, TestValidateReferenceName), in our normal form.
  static let accepted: [Vector] = [
    Vector(input: "alpine", path: "library/alpine", familiar: "alpine:latest"),
    Vector(input: "test_com", path: "library/test_com"),
    Vector(input: "test.com:tag", path: "library/test.com", tag: "tag"),
    Vector(input: "test.com:5000", path: "library/test.com", tag: "5000"),
    Vector(input: "test.com/repo:tag", domain: "test.com", path: "repo", tag: "tag"),
    Vector(input: "test:5000/repo", domain: "test:5000", path: "repo"),
    Vector(input: "test:5000/repo:tag", domain: "test:5000", path: "repo", tag: "tag"),
    Vector(
      input: "test:5000/repo@sha256:\(f64)", domain: "test:5000", path: "repo", tag: nil,
      digest: "sha256:\(f64)"),
    Vector(
      input: "test:5000/repo:tag@sha256:\(f64)", domain: "test:5000", path: "repo", tag: "tag",
      digest: "sha256:\(f64)"),
    Vector(input: "lowercase:Uppercase", path: "library/lowercase", tag: "Uppercase"),
    Vector(input: "sub-dom1.foo.com/bar/baz/quux", domain: "sub-dom1.foo.com", path: "bar/baz/quux"),
    Vector(
      input: "sub-dom1.foo.com/bar/baz/quux:some-long-tag", domain: "sub-dom1.foo.com", path: "bar/baz/quux",
      tag: "some-long-tag"),
    Vector(
      input: "b.gcr.io/test.example.com/my-app:test.example.com", domain: "b.gcr.io",
      path: "test.example.com/my-app", tag: "test.example.com"),
    Vector(
      input: "xn--n3h.com/myimage:xn--n3h.com", domain: "xn--n3h.com", path: "myimage", tag: "xn--n3h.com"),
    Vector(
      input: "xn--7o8h.com/myimage:xn--7o8h.com@sha512:\(f64)\(f64)", domain: "xn--7o8h.com", path: "myimage",
      tag: "xn--7o8h.com", digest: "sha512:\(f64)\(f64)"),
    Vector(input: "foo_bar.com:8080", path: "library/foo_bar.com", tag: "8080"),
    Vector(input: "foo/foo_bar.com:8080", path: "foo/foo_bar.com", tag: "8080"),
    Vector(input: "docker/docker", path: "docker/docker", familiar: "docker/docker:latest"),
    Vector(input: "library/debian", path: "library/debian", familiar: "debian:latest"),
    Vector(input: "docker.io/docker/docker", path: "docker/docker", familiar: "docker/docker:latest"),
    Vector(input: "docker.io/debian", path: "library/debian", familiar: "debian:latest"),
    Vector(input: "index.docker.io/docker/docker", path: "docker/docker"),
    Vector(input: "index.docker.io/library/debian", path: "library/debian"),
    Vector(input: "index.docker.io/debian", path: "library/debian"),
    Vector(
      input: "127.0.0.1:5000/library/debian", domain: "127.0.0.1:5000", path: "library/debian",
      familiar: "127.0.0.1:5000/library/debian:latest"),
    Vector(input: "localhost/a", domain: "localhost", path: "a"),
    Vector(input: "[::1]:5000/repo:x", domain: "[::1]:5000", path: "repo", tag: "x"),
    Vector(
      input: "thisisthesongthatneverendsitgoesonandonandonthisisthesongthatnev",
      path: "library/thisisthesongthatneverendsitgoesonandonandonthisisthesongthatnev"),
    Vector(
      input: "docker.io/1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a",
      path: "library/1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a"),
    Vector(input: "docker-rules/docker", path: "docker-rules/docker"),
    Vector(input: "docker---rules/docker", path: "docker---rules/docker"),
    Vector(input: "d/docker", path: "d/docker"),
    Vector(input: "dock__er/docker", path: "dock__er/docker"),
    Vector(input: "do__cker/docker", path: "do__cker/docker"),
    Vector(input: "Asdf.com/foo/bar", domain: "Asdf.com", path: "foo/bar"),
    Vector(
      input: "registry.io/foo/project--id.module--name.ver---sion--name", domain: "registry.io",
      path: "foo/project--id.module--name.ver---sion--name"),
    Vector(
      input: "example.com/some_separator__underscore/myimage", domain: "example.com",
      path: "some_separator__underscore/myimage"),
    Vector(
      input: "localhost:8080@sha256:be178c0543eb17f5f3043021c9e5fcf30285e557a4fc309cce97ff9ca6182912",
      path: "library/localhost", tag: "8080",
      digest: "sha256:be178c0543eb17f5f3043021c9e5fcf30285e557a4fc309cce97ff9ca6182912"),
    Vector(
      input: String(repeating: "a/", count: 117) + "a:tag-puts-this-over-max",
      path: String(repeating: "a/", count: 117) + "a", tag: "tag-puts-this-over-max"),
  ]

  static let refused: [String] = [
    "", ":justtag", "@sha256:\(f64)", "repo@sha256:ffffffffffffffffffffffffffffffffff",
    "validname@invaliddigest:\(f64)\(f64)", "Uppercase:tag", "test:5000/Uppercase/lowercase:tag",
    String(repeating: "a/", count: 128) + "a:tag", "aa/asdf$$^/aa", "https://github.com/docker/docker",
    "docker/Docker", "-docker", "-docker/docker", "-docker.io/docker/docker", "docker///docker",
    "docker.io/docker/Docker", "docker.io/docker///docker",
    "1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a", "docker-/docker", "-docker-/docker",
    "____/____", "_docker/_docker", "dock..er/docker", "dock_.er/docker", "dock-.er/docker", "docker/",
    "docker./docker", ".docker/docker", "do..cker/docker", "foo.com/a-/a/a", "foo/bar-", "foo/-bar",
    "example.com/__underscore/myimage", "example.com/..dots/myimage", "example.com/.dots/myimage",
    "foo.com:http/bar", "foo_bar.com:8080/app", "do__cker:8080/docker", "a/a/a/a/", "a//a/a", "foo.com/",
    "registry.com:8080/myapp@sha256:badbadbadbad", "registry.com:8080/myapp:invalid~tag",
    "registry.com:8080/myapp@bad", "a^a",
    // Ours (CASES.md A17, A18).
    "\u{430}lpine", "alpine\n", "alpine\r\nHost: evil", "alpine\u{0}", "--privileged", "alp ine",
    String(repeating: "a", count: 5000), "alpine:" + String(repeating: "t", count: 129), "alpine:-x",
    "alpine@sha256:../../x", "a/../b", "a:b:c", "test.com:99999/repo", "[::1/repo", "alpine@", "alpine:",
  ]

  @Test(arguments: accepted) func acceptedReferenceIsNormalised(_ vector: Vector) throws {
    let reference = try Reference(vector.input)
    #expect(reference.domain == vector.domain)
    #expect(reference.path == vector.path)
    #expect(reference.tag == vector.tag)
    #expect(reference.digest?.description == vector.digest)
    if let familiar = vector.familiar { #expect(reference.familiar == familiar) }
    #expect(try Reference(reference.description) == reference)
    #expect(try Reference(reference.familiar) == reference)
  }

  @Test(arguments: refused) func refusedReferenceIsAnInvalidArgument(_ input: String) {
    #expect { try Reference(input) } throws: { ($0 as? WherryError)?.code == .invalidArgument }
  }

  @Test func withoutDefaultTagTheNameStaysBare() throws {
    #expect(try Reference("alpine", defaultTag: nil).tag == nil)
    #expect(
      try Reference("alpine").canonical(try Digest("sha256:\(Self.f64)")).description
        == "docker.io/library/alpine@sha256:\(Self.f64)")
  }
}
