/// The words inside `{{ }}`.
enum TemplateToken: Equatable {
  /// `.Name`; a dot alone is the empty name.
  case field(String)
  /// `$name`; a dollar alone is the empty name.
  case variable(String)
  case word(String)
  case string(String)
  case int(Int64)
  case double(Double)
  case pipe
  case comma
  case declare
  case assign
  case open
  case close
  /// Separates operands: `.A .B` is two, `.A.B` is one.
  case space
}
