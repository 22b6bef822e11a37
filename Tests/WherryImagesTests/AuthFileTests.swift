import Testing
import WherryLinux
import WherryModel
import WherryOCI

@testable import WherryImages

@Suite struct AuthFileTests {
  private func credential(_ domain: String, _ text: String) throws -> String? {
    let scratch = try Scratch()
    let path = "\(scratch.path)/lower"
    try Files.write(path, Array(text.utf8))
    let entry = try AuthFile.entry(for: domain, in: path)
    guard case .stored(let auth)? = entry else { return nil }
    return auth
  }

  private let file = """
    {"auths":{"https://index.docker.io/v1/":{"auth":"aHViOng="},"reg.example:5000":{"auth":"cmVnOng="},
    "https://other.example/v2/":{"auth":"b3RoOng="},"empty.example":{}},"credsStore":"x"}
    """

  @Test(
    arguments: [
      ("docker.io", "aHViOng="), ("reg.example:5000", "cmVnOng="), ("Reg.Example:5000", "cmVnOng="),
      ("other.example", "b3RoOng="), ("reg.example", nil), ("empty.example", nil), ("example", nil),
    ] as [(String, String?)])
  func credentialsAreFoundByHost(_ domain: String, _ expected: String?) throws {
    #expect(try credential(domain, file) == expected)
  }

  @Test func absentFileMeansNobody() async throws {
    let pool = BlockingPool()
    #expect(try await AuthFile.credential(for: "docker.io", in: nil, pool: pool) == nil)
    #expect(try await AuthFile.credential(for: "docker.io", in: "/nonexistent/auth.json", pool: pool) == nil)
  }

  @Test(arguments: [
    "{", "[]", "{\"auths\":{\"reg.example\":{\"auth\":\"a\\r\\nX-Evil: 1\"}}}",
    "{\"auths\":{\"reg.example\":{\"auth\":\"x\"},\"reg.example\":{\"auth\":\"y\"}}}",
  ])
  func unusableFileIsAnError(_ text: String) {
    #expect(throws: WherryError.self) { try credential("reg.example", text) }
  }
}
