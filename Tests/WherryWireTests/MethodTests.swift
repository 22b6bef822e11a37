import Testing
import WherryModel
import WherryWire

struct MethodTests {
  @Test func methodsAreFoundByNumberAndName() {
    for method in RPCMethod.all {
      #expect(RPCMethod.numbered(method.number) == method)
      #expect(RPCMethod.named(method.name) == method)
    }
    #expect(RPCMethod.numbered(0) == nil)
    #expect(RPCMethod.named("container-fly") == nil)
  }

  @Test func numbersAndNamesAreUnique() {
    #expect(Set(RPCMethod.all.map(\.number)).count == RPCMethod.all.count)
    #expect(Set(RPCMethod.all.map(\.name)).count == RPCMethod.all.count)
  }

  /// Changing a number, a role or a direction changes the protocol: it is to be noticed here.
  @Test(arguments: [
    (RPCMethod.systemVersion, 1, "system-version", Role.viewer, false, false),
    (.containerStart, 17, "container-start", .operator, false, false),
    (.containerLogs, 25, "container-logs", .viewer, false, true),
    (.containerRun, 26, "container-run", .admin, true, true),
    (.imageImport, 49, "image-import", .admin, true, false),
    (.systemDoctor, 72, "system-doctor", .operator, false, true),
    (.pluginList, 46, "plugin-list", .viewer, false, false),
    (.pluginInspect, 75, "plugin-inspect", .viewer, false, false),
    (.systemWear, 73, "system-wear", .viewer, false, false),
  ])
  func methodsAreAsTheSchemaSays(
    method: RPCMethod, number: UInt64, name: String, role: Role, hasInput: Bool, hasOutput: Bool
  ) {
    #expect(method.number == number)
    #expect(method.name == name)
    #expect(method.role == role)
    #expect(method.hasInput == hasInput)
    #expect(method.hasOutput == hasOutput)
  }

  /// Plugins have numbers of their own, in a list of their own: the daemon serves none of them.
  @Test(arguments: [
    (RPCMethod.pluginDescribe, 1, "plugin-describe"), (.volumeDriverCreate, 16, "volume-driver-create"),
    (.volumeDriverRemove, 17, "volume-driver-remove"), (.volumeDriverMount, 18, "volume-driver-mount"),
    (.volumeDriverUnmount, 19, "volume-driver-unmount"), (.volumeDriverGet, 20, "volume-driver-get"),
    (.volumeDriverList, 21, "volume-driver-list"), (.authorizationRequest, 32, "authorization-request"),
  ])
  func methodsOfPluginsAreAsTheSchemaSays(method: RPCMethod, number: UInt64, name: String) {
    #expect(method.number == number && method.name == name)
    #expect(RPCMethod.ofPlugins.contains(method) && !RPCMethod.all.contains(method))
    #expect(RPCMethod.named(name) == nil)
    #expect(!method.hasInput && !method.hasOutput)
  }

  @Test func nothingThatChangesAContainerIsForViewers() {
    let viewers = RPCMethod.all.filter { $0.role == .viewer }.map(\.name)
    #expect(
      viewers.allSatisfy { name in
        [
          "version", "info", "list", "inspect", "wait", "logs", "top", "stats", "usage", "events", "changes",
          "why", "history", "wear",
        ]
        .contains {
          name.hasSuffix("-\($0)")
        }
      })
  }
}
