import Testing
import WherryLinux
import WherryModel

@testable import WherryRegistry

@Suite struct AccessTests {
  @Test func credentialsAreRead() {
    #expect(BasicCredentials("Basic dXNlcjpzZWNyZXQ=") == BasicCredentials("basic dXNlcjpzZWNyZXQ"))
    #expect(BasicCredentials("Basic dXNlcjpzZWNyZXQ=")?.password == "secret")
    #expect(BasicCredentials("Basic dXNlcjphOmI=")?.password == "a:b")
    for header in [
      nil, "", "Basic", "Bearer dXNlcjpzZWNyZXQ=", "Basic !!!", "Basic dXNlcg==", "Basic /////w==",
    ] {
      #expect(BasicCredentials(header) == nil)
    }
    #expect(BasicCredentials("Basic " + String(repeating: "A", count: 2000)) == nil)
  }

  @Test func hashesThatAreEasyToBreakAreRefused() throws {
    let file = try PasswordFile("# people\n\nuser:$2y$05$abc\r\nother:$6$salt$hash\n", path: "f")
    #expect(file.hashes == ["user": "$2y$05$abc", "other": "$6$salt$hash"])
    for text in ["user", ":x", "user:secret", "user:{SHA}abc", "user:$apr1$x$y"] {
      #expect(throws: WherryError.self) { try PasswordFile(text, path: "f") }
    }
  }

  @Test func theSlowestHashIsKnown() throws {
    let file = try PasswordFile("a:$6$salt$h\nb:$2y$12$abc\nc:$2y$05$abc\nd:$5$rounds=1000$s$h\n", path: "f")
    #expect(file.costliest == "$2y$12$abc")
    #expect(try PasswordFile("", path: "f").costliest == nil)
    #expect(PasswordFile.cost("$6$rounds=900000$s$h") > PasswordFile.cost("$2y$10$abc"))
    #expect(PasswordFile.cost("$2y$99$abc") > 0)
  }

  @Test func theFileDecides() async throws {
    let path = "/tmp/wherry-registry-passwords.\(RandomName.next())"
    defer { do { try Files.unlink(path) } catch { Issue.record("\(error)") } }
    // crypt("secret", "$6$saltsalt"), crypt("secret", "$2b$05$abcdefghijklmnopqrstuu").
    try Files.write(
      path,
      Array(
        "user:$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1\nother:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n"
          .utf8))
    let keeper = try Gatekeeper(passwords: path)
    #expect(try await keeper.check("Basic dXNlcjpzZWNyZXQ=") == "user")
    #expect(try await keeper.check("Basic dXNlcjpzZWNyZXQ=") == "user")
    #expect(try await keeper.check("Basic b3RoZXI6c2VjcmV0") == "other")
    for header in [nil, "Basic dXNlcjp3cm9uZw==", "Basic bm9ib2R5OnNlY3JldA=="] {
      await #expect(throws: RegistryProblem.self) { try await keeper.check(header) }
    }
    try Files.replace(
      path, Array("other:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n".utf8))
    await #expect(throws: RegistryProblem.self) { try await keeper.check("Basic dXNlcjpzZWNyZXQ=") }
    #expect(try await Gatekeeper(passwords: nil).check(nil) == "")
  }
}
