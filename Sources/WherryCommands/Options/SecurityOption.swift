import WherryWire

/// `--security-opt`, capabilities and `--privileged` together.
enum SecurityOption {
  static func parse(
    _ options: [String], added: [String], dropped: [String], privileged: Bool
  ) throws(OptionError) -> Security? {
    var security = Security()
    if !added.isEmpty { security.addedCapabilities = added }
    if !dropped.isEmpty { security.droppedCapabilities = dropped }
    if privileged { security.privileged = true }
    for option in options {
      switch option {
      case "no-new-privileges", "no-new-privileges:true", "no-new-privileges=true":
        security.noNewPrivileges = true
      case "no-new-privileges:false", "no-new-privileges=false":
        security.noNewPrivileges = false
      case "systempaths=unconfined": security.unconfinedPaths = true
      // Nothing is labelled here.
      case "label=disable", "label:disable": break
      case _ where option.hasPrefix("label=") || option.hasPrefix("label:"):
        throw OptionError("\(option): SELinux labels are not supported; only label=disable is taken")
      case _ where value(of: "apparmor", in: option) != nil:
        security.apparmorProfile = value(of: "apparmor", in: option)
      default:
        guard let profile = value(of: "seccomp", in: option) else {
          throw OptionError(
            "invalid --security-opt \(GoQuote.quote(option)): use no-new-privileges, seccomp=PATH|unconfined, apparmor=PROFILE or systempaths=unconfined"
          )
        }
        security.seccompProfile = profile
      }
    }
    return security == Security() ? nil : security
  }

  private static func value(of key: String, in option: String) -> String? {
    for separator in ["=", ":"] where option.hasPrefix(key + separator) {
      let value = String(option.dropFirst(key.count + 1))
      return value.isEmpty ? nil : value
    }
    return nil
  }
}
