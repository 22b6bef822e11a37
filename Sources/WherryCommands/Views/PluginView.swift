import WherryWire

/// Plugins, with Docker's names for columns and fields.
enum PluginView {
  static let standard = "{{.Name}}\t{{.Description}}\t{{.Enabled}}"
  static let headers: Value = [
    "Capabilities": "CAPABILITIES", "Description": "DESCRIPTION", "Enabled": "ENABLED", "ID": "ID",
    "Name": "NAME", "PluginReference": "PLUGIN REFERENCE",
  ]

  /// Docker's filters.
  static func filters(_ filters: [String: [String]]) throws(OptionError) -> [String: [String]] {
    for (key, values) in filters.sorted(by: { $0.key < $1.key }) {
      guard ["capability", "enabled"].contains(key) else { throw OptionError("invalid filter '\(key)'") }
      guard key != "enabled" || values.allSatisfy({ ["true", "false"].contains($0) }) else {
        throw OptionError("invalid filter 'enabled=\(values.joined(separator: ","))'")
      }
    }
    return filters
  }

  static func matches(_ plugin: PluginDetail, _ filters: [String: [String]]) -> Bool {
    let capabilities = plugin.capabilities ?? []
    if let wanted = filters["capability"], !wanted.allSatisfy({ capabilities.contains(name(ofDockers: $0)) })
    {
      return false
    }
    if let wanted = filters["enabled"], !wanted.contains("\(plugin.enabled)") { return false }
    return true
  }

  /// Docker calls them volumedriver and authz.
  private static func name(ofDockers name: String) -> String {
    ["volumedriver": "volume", "authz": "authorization"][name] ?? name
  }

  /// A plugin has no other ID than its name. One that cannot be used says why in place of what it is.
  static func row(_ plugin: PluginDetail, truncates: Bool = true, terminal: Bool) -> Value {
    func text(_ text: String) -> Value { .string(Sanitise.metadata(text, terminal: terminal)) }
    let description = plugin.problem ?? plugin.description ?? ""
    return [
      "Capabilities": text((plugin.capabilities ?? []).joined(separator: ",")),
      "Description": text(truncates ? Ellipsis.cut(description, 45) : description),
      "Enabled": .bool(plugin.enabled), "ID": text(plugin.name), "Name": text(plugin.name),
      "PluginReference": text(plugin.path),
    ]
  }

  static func inspect(_ plugin: PluginDetail) -> Value {
    var value: Value = [
      "Id": .string(plugin.name), "Name": .string(plugin.name), "Enabled": .bool(plugin.enabled),
      "PluginReference": .string(plugin.path),
      "Kind": .string(plugin.kind == .socket ? "socket" : "executable"),
      "Version": .string(plugin.version ?? ""), "Description": .string(plugin.description ?? ""),
      "Capabilities": .strings(plugin.capabilities ?? []),
    ]
    if let scope = plugin.scope { value.append("Scope", .string(scope)) }
    if let volumes = plugin.volumes { value.append("Volumes", .strings(volumes)) }
    if let problem = plugin.problem { value.append("Problem", .string(problem)) }
    return value
  }
}
