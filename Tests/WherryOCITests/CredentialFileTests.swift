import Testing
import WherryModel
import WherryOCI

@Suite struct CredentialFileTests {
  private func file(_ text: String) throws -> CredentialFile {
    try CredentialFile(json: Array(text.utf8), path: "f")
  }

  @Test(
    arguments: [
      (#"{"auths":{"reg.example":{"auth":"eDp5"}}}"#, "reg.example", .stored("eDp5")),
      (#"{"auths":{"https://index.docker.io/v1/":{"auth":"eDp5"}}}"#, "docker.io", .stored("eDp5")),
      (
        #"{"auths":{"reg.example":{}},"credsStore":"pass"}"#, "reg.example",
        .helper(name: "pass", key: "reg.example")
      ),
      (#"{"auths":{"other":{}},"credsStore":"pass"}"#, "reg.example", nil),
      (#"{"credsStore":"pass"}"#, "docker.io", .helper(name: "pass", key: CredentialFile.dockerKey)),
      (
        #"{"auths":{"reg.example":{"auth":"eDp5"}},"credHelpers":{"reg.example":"ecr-login"}}"#,
        "reg.example",
        .helper(name: "ecr-login", key: "reg.example")
      ),
      ("", "reg.example", nil),
    ] as [(String, String, CredentialFile.Entry?)])
  func entriesAreFound(_ text: String, _ domain: String, _ expected: CredentialFile.Entry?) throws {
    #expect(try file(text).entry(for: domain) == expected)
  }

  @Test(arguments: ["../x", "a/b", "", "x y", "a;b"])
  func helperNamesThatReachOutAreRefused(_ name: String) throws {
    let file = try file(#"{"credHelpers":{"reg.example":"\#(name)"}}"#)
    #expect(throws: WherryError.self) { try file.entry(for: "reg.example") }
  }

  @Test func whatIsNotOursSurvivesAChange() throws {
    var file = try file(#"{"HttpHeaders":{"X":[1,2.5,true,null]},"auths":{"a":{"auth":"eDp5"}}}"#)
    file.set("dTpw", for: "B.example:5000")
    let (first, second) = (file.remove("a"), file.remove("a"))
    #expect(first)
    #expect(!second)
    #expect(
      String(decoding: try file.json(), as: UTF8.self)
        == #"{"HttpHeaders":{"X":[1,2.5,true,null]},"auths":{"b.example:5000":{"auth":"dTpw"}}}"#)
  }

  @Test func helperAnswersAreReadAndTokensRefused() throws {
    let answer = Array(#"{"ServerURL":"s","Username":"u","Secret":"p:q"}"#.utf8)
    #expect(try CredentialFile.answer(answer, from: "x") == "u:p:q")
    for text in [#"{"Username":"u"}"#, #"{"Username":"<token>","Secret":"t"}"#, "credentials not found"] {
      #expect(throws: WherryError.self) { try CredentialFile.answer(Array(text.utf8), from: "x") }
    }
  }
}
