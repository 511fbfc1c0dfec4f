/// The module in whose `forward` a node was made.
package struct ModulePath: Hashable, Sendable {
    /// Path from the root module, for example `layer1.0.conv1`; empty for the root.
    package var path: String
    /// The class, for example `torch.nn.modules.conv.Conv2d`.
    package var className: String
    /// Which call of a module that is called several times, counted from 0.
    package var call: Int

    /// The class without its module, for example `Conv2d`.
    package var shortClassName: Substring {
        className.lastIndex(of: ".").map { className[className.index(after: $0)...] } ?? className[...]
    }

    /// Reads the innermost entry of `nn_module_stack`: `key,path,class;…`, outermost first. Commas inside brackets do not separate.
    /// A module that is called again has `@1`, `@2`, … after its path.
    init?(moduleStack: [UInt8]) {
        guard let innermost = moduleStack.split(separator: UInt8(ascii: ";")).last else { return nil }
        var fields: [ArraySlice<UInt8>] = []
        var depth = 0
        var start = innermost.startIndex
        for index in innermost.indices {
            switch innermost[index] {
            case UInt8(ascii: "["), UInt8(ascii: "("): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: ")"): depth -= 1
            case UInt8(ascii: ",") where depth == 0:
                fields.append(innermost[start..<index])
                start = index + 1
            default: break
            }
        }
        fields.append(innermost[start...])
        guard fields.count == 3 else { return nil }
        let parts = fields[1].split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        path = String(decoding: parts[0], as: UTF8.self)
        call = parts.count == 2 ? Int(String(decoding: parts[1], as: UTF8.self)) ?? 0 : 0
        className = String(decoding: fields[2], as: UTF8.self)
    }
}
