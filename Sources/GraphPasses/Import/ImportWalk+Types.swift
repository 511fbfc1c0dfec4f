import Basics
import Operators
import PT2
import TensorIR

/// What the archive says of a tensor.
enum StatedType {
    case tensor(TensorIR.TensorType)
    /// Complex numbers whose parts have this type.
    case complex(part: TensorIR.TensorType)
    /// The compiler's graphs cannot say it: sizes that only the run knows, narrow element types.
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
        let part = stated.scalarType.complexPart
        guard let element = part ?? Self.elementTypes[stated.scalarType] else {
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
        let type = TensorIR.TensorType(element, shape)
        return part == nil ? .tensor(type) : .complex(part: type)
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

extension ScalarType {
    /// The element type of the parts of complex numbers; nil for real ones.
    fileprivate var complexPart: ElementType? {
        switch self {
        case .complex32: .f16
        case .complex64: .f32
        case .complex128: .f64
        default: nil
        }
    }
}
