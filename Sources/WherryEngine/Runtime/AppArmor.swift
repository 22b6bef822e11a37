import WherryLinux
import WherryModel

/// Profiles of AppArmor, apparmor(7). The kernel or its boot options may lack it.
enum AppArmor {
  /// What the runtime is to be told: nothing for none or `unconfined`. Throws `failedPrecondition` where the kernel
  /// would not enforce the profile.
  static func profile(
    _ wanted: String?, security: String = "/sys/kernel/security/apparmor",
    isEnabled: String = "/sys/module/apparmor/parameters/enabled"
  ) throws(WherryError) -> String? {
    guard let wanted, wanted != "unconfined" else { return nil }
    let name = Printable.text(wanted)
    let (enabled, loaded) = try WherryError.converting("AppArmor") { () throws(SystemError) in
      (
        try Files.readIfPresent(isEnabled, maximum: 16),
        try Files.readIfPresent(security + "/profiles", maximum: 4 << 20)
      )
    }
    guard enabled?.first == UInt8(ascii: "Y") else {
      throw WherryError(
        .failedPrecondition, "--security-opt apparmor=\(name): this kernel does not run AppArmor",
        hint: "boot with lsm=…,apparmor or apparmor=1 security=apparmor, or leave the option out")
    }
    // Lines of NAME (MODE).
    let isLoaded = String(decoding: loaded ?? [], as: UTF8.self).split(separator: "\n")
      .contains { $0.hasPrefix(wanted + " (") }
    guard isLoaded else {
      throw WherryError(
        .failedPrecondition, "--security-opt apparmor=\(name): no such profile is loaded",
        hint: "apparmor_parser -r FILE loads one, aa-status lists them")
    }
    return wanted
  }
}
