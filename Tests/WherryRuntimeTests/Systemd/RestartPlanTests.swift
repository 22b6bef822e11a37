import Testing
import WherryEngine
import WherryLinux

@testable import WherryRuntime

@Suite struct RestartPlanTests {
  static let dropIns: [(RestartRule, String)] = [
    (.no, "Restart=no RestartSec=100000us RestartForceExitStatus="),
    (.always, "Restart=always RestartSec=100000us RestartForceExitStatus="),
    (.unlessStopped, "Restart=always RestartSec=100000us RestartForceExitStatus="),
    (.onFailure(maximumRetries: nil), onFailure),
    // The hook counts.
    (.onFailure(maximumRetries: 3), onFailure),
    (.onFailure(maximumRetries: .max), onFailure),
  ]

  private static let onFailure =
    "Restart=on-failure RestartSec=100000us RestartForceExitStatus= "
    + "RestartForceExitStatus=SIGHUP SIGINT SIGPIPE SIGTERM"

  /// Everything is said: the unit had another policy before.
  @Test(arguments: dropIns)
  func aDropInSaysAllOfAPolicy(rule: RestartRule, text: String) {
    let lines = RestartPlan(rule).dropIn.split(separator: "\n").map(String.init)
    #expect(lines.first == "[Unit]")
    #expect(lines.contains("[Service]"))
    #expect(lines.filter { !$0.hasPrefix("[") }.joined(separator: " ") == "StartLimitIntervalSec=0 " + text)
  }

  @Test func aDropInGoesWithItsFolderUnlessAnotherIsThere() throws {
    let folder = "/tmp/wherry-drop-in.\(RandomName.next())"
    try Files.makeDirectories(folder)
    defer { do { try Files.removeTree(folder) } catch {} }
    let dropIn = RestartDropIn(unit: "a.service", in: folder)
    try dropIn.remove()
    try dropIn.write(RestartPlan(.always))
    #expect(try Files.readText(folder + "/a.service.d/60-restart.conf") == RestartPlan(.always).dropIn)
    try dropIn.remove()
    #expect(try Files.list(folder).isEmpty)
    try dropIn.write(RestartPlan(.no))
    try Files.write(folder + "/a.service.d/50-other.conf", [])
    try dropIn.remove()
    #expect(try Files.list(folder + "/a.service.d") == ["50-other.conf"])
  }
}
