/// The module in whose `forward` a node was made.
package struct ModulePath: Hashable, Sendable {
    /// Path from the root module, for example `layer1.0.conv1`; empty for the root.
    package var path: String
    /// The class, for example `torch.nn.modules.conv.Conv2d`.
    package var className: String
    /// Which call of a module that is called several times, counted from 0.
    package var call: Int

    /// Reads the innermost entry of `nn_module_stack`: `key,path,class;…`, outermost first. Commas inside brackets do not separate.
    package init?(moduleStack: String) {
        guard let innermost = moduleStack.split(separator: ";").last else { return nil }
        var fields: [Substring] = []
        var depth = 0
        var start = innermost.startIndex
        for index in innermost.indices {
            switch innermost[index] {
            case "[", "(": depth += 1
            case "]", ")": depth -= 1
            case "," where depth == 0:
                fields.append(innermost[start..<index])
                start = innermost.index(after: index)
            default: break
            }
        }
        fields.append(innermost[start...])
        guard fields.count == 3 else { return nil }
        let parts = fields[1].split(separator: "@", omittingEmptySubsequences: false)
        path = parts.first.map(String.init) ?? ""
        call = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
        className = String(fields[2])
    }

    /// The class without its module, for example `Conv2d`.
    package var shortClassName: Substring { className.split(separator: ".").last ?? "" }
}
