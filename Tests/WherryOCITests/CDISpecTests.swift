import Testing
import WherryModel
import WherryOCI

@Suite struct CDISpecTests {
  private static func spec(_ edits: String) -> [UInt8] {
    Array(
      """
      {"cdiVersion":"0.6.0","kind":"a.b/c","devices":[{"name":"0","containerEdits":\(edits)}]}
      """.utf8)
  }

  @Test func whatAVendorWritesIsRead() throws {
    let spec = try CDISpec.read(
      Self.spec(#"{"env":["A=b"],"deviceNodes":[{"path":"/dev/x","permissions":"rw"}],"unknown":1}"#),
      file: "f")
    #expect(spec.kind == "a.b/c")
    #expect(spec.devices.first?.containerEdits.deviceNodes?.first?.permissions == "rw")
  }

  @Test(arguments: [
    #"{"hooks":[{"hookName":"prestart","path":"sh"}]}"#,
    #"{"hooks":[{"hookName":"other","path":"/bin/sh"}]}"#,
    #"{"deviceNodes":[{"path":"dev/x"}]}"#, #"{"deviceNodes":[{"path":"/dev/x","permissions":"z"}]}"#,
    #"{"deviceNodes":[{"path":"/dev/x","hostPath":"/dev/../x"}]}"#,
    #"{"mounts":[{"hostPath":"x","containerPath":"/x"}]}"#,
    #"{"mounts":[{"hostPath":"/x","containerPath":"/x\u0000"}]}"#, #"{"env":["A"]}"#, #"{"env":["=b"]}"#,
    #"{"env":"A=b"}"#, #"{"deviceNodes":[{}]}"#, "[]", #"{"env":[],"env":[]}"#,
  ])
  func whatCannotBeIsRefusedWithTheFilesName(_ edits: String) {
    let error = #expect(throws: WherryError.self) {
      try CDISpec.read(Self.spec(edits), file: "/etc/cdi/f.json")
    }
    #expect(error?.message.contains("/etc/cdi/f.json") ?? false)
  }

  @Test(arguments: [
    "", "{}", "null", #"{"cdiVersion":"9","kind":"a/b","devices":[]}"#,
    #"{"cdiVersion":"0.6.0","kind":"ab","devices":[]}"#, #"{"cdiVersion":"0.6.0","kind":"a/b"}"#,
  ])
  func whatIsNoSpecificationIsRefused(_ text: String) {
    #expect(throws: WherryError.self) { try CDISpec.read(Array(text.utf8), file: "f") }
  }

  @Test func aSpecificationHasABound() {
    let json = Array(String(repeating: " ", count: CDISpec.maximumSize + 1).utf8)
    #expect(throws: WherryError.self) { try CDISpec.read(json, file: "f") }
  }
}
