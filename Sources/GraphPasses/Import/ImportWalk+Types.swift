import Basics
import Operators
import PT2
import TensorIR

/// What the archive says of a tensor.
enum StatedType {
    case tensor(TensorIR.TensorType)
    /// The compiler's graphs cannot say it: complex numbers, sizes that only the run knows.
    case inexpressible(String)
    case overLimits(String)
}

extension ImportWalk {
    /// Dimensions and elements that an imported tensor may have.
    static let rankLimit = 16
    static let elementLimit = 1 << 40

    /// The element types that graphs have for those of archives.
    private static let elementTypes = Dictionary(
        uniqueKeysWithValues: ScalarType.allCases.compactMap { type in type.elementType.map { (type, $0) } })

    /// The archive's type of a value of `scope`, with sizes fixed to those of the capture.
    func statedType(of name: String, in scope: Scope) -> StatedType {
        guard let stated = scope.graph.tensors[name] else { return .inexpressible("'\(name)' is not a tensor") }
        guard stated.layout == .strided else { return .inexpressible("tensors of layout \(stated.layout.name)") }
        guard let element = Self.elementTypes[stated.scalarType] else {
            return .inexpressible("elements of type \(stated.scalarType.name)")
        }
        guard let shape = try? sizes.values(of: stated.sizes) else {
            return .inexpressible("a tensor whose size is known only when the program runs")
        }
        if shape.count > Self.rankLimit { return .overLimits("\(shape.count) dimensions, more than \(Self.rankLimit)") }
        guard shape.allSatisfy({ $0 >= 0 }) else { return .inexpressible("a negative size") }
        var count = shape.contains(0) ? 0 : 1
        for size in shape {
            let (product, overflowed) = count.multipliedReportingOverflow(by: size)
            if overflowed || product > Self.elementLimit {
                return .overLimits("\(element.name)\(shape) has more than 2^40 elements")
            }
            count = product
        }
        return .tensor(TensorIR.TensorType(element, shape))
    }

    /// Refuses a call whose results no target could hold, before a rule computes with their shapes.
    mutating func checkLimits(_ node: Program.Node, _ target: String, in scope: Scope) -> Bool {
        for name in node.outputs.flatMap(\.tensorNames) {
            if case .overLimits(let reason) = statedType(of: name, in: scope) {
                report.add(.shapeOverLimits, target, reason, at: place(of: node))
                return false
            }
        }
        return true
    }

    /// The strides that the archive states for a tensor, in elements; nil when they are not known.
    func statedView(of name: String, in scope: Scope) -> StridedView? {
        guard let stated = scope.graph.tensors[name], let shape = try? sizes.values(of: stated.sizes),
            let strides = try? sizes.values(of: stated.strides), shape.count == strides.count
        else { return nil }
        return StridedView(shape: shape, strides: strides)
    }
}
