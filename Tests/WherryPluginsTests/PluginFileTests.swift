import Testing
import WherryPlugins

struct PluginFileTests {
  @Test(arguments: ["sshfs", "a", "Rexray.v1", "my_plugin-2", "0"])
  func namesOfPlugins(name: String) {
    #expect(PluginFile.isName(name))
  }

  /// Nothing that is a path, hidden, the device's own driver, or too long.
  @Test(arguments: [
    "", "local", ".", "..", ".hidden", "-flag", "a/b", "../a", "a b", "a\n", "a\0b", "ä",
    "vieux/sshfs:latest",
    String(repeating: "a", count: 65),
  ])
  func whatIsNone(name: String) {
    #expect(!PluginFile.isName(name))
  }
}
