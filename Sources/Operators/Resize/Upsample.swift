import Basics
import KernelCodegen
import TensorIR

/// Another number of rows and columns for `[N, C, H, W]` (`torch.nn.functional.interpolate`): `nearest` takes the pixel at ⌊o · scale⌋, `bilinear` mixes the
/// four around (o + ½) · scale − ½, or, with aligned corners, around o · (in − 1) / (out − 1). The scale is what the program gave, else in / out.
package struct Upsample: RootOperator {
    package static let name = "upsample"
    package static let imports = [
        ImportRule(["aten.upsample_bilinear2d.vec", "aten.upsample_nearest2d.vec"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("input")
            let shape = call.type(operand).shape
            let alignsCorners = try call.bool("align_corners", default: false)
            let factors = try call.optionalDoubles("scale_factors")
            let sizes = try call.optionalInts("output_size")
            guard shape.count == 4 else { throw OperatorError("upsampling of rank \(shape.count)") }
            guard let size = sizes ?? factors.map({ $0.indices.map { Int((Double(shape[2 + $0]) * factors![$0]).rounded(.down)) } }) else {
                throw OperatorError("upsampling without a size")
            }
            return [try call.emit(Upsample(size: size, isBilinear: true, alignsCorners: alignsCorners, factors: factors), [operand])]
        }
    ]
}
