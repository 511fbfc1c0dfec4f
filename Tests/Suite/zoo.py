"""The programs of the suite: what people run on devices, small, with random weights, nothing to download.

`ZOO` maps a name to (group, builder); `builder()` gives (module, positional arguments, keyword arguments). Weights and
arguments are drawn from PyTorch's global generator, which the caller seeds before it builds.
"""

from collections.abc import Callable

import torch
from torch import nn

import hand_models as hand

Builder = Callable[[], tuple[nn.Module, tuple, dict]]

ZOO: dict[str, tuple[str, Builder]] = {}

TOKENS = 16
VOCABULARY = 128


def program(name: str) -> Callable[[Builder], Builder]:
    """Lists a builder in the zoo, its module in evaluation mode; the group is the part of the name before the dot."""

    def add(builder: Builder) -> Builder:
        def build():
            module, arguments, keywords = builder()
            return module.eval(), arguments, keywords

        ZOO[name] = (name.split(".")[0], build)
        return builder

    return add


def image(size: int) -> torch.Tensor:
    return torch.randn(1, 3, size, size)


# Image models of torchvision and timm.


def torchvision_model(name: str, **options: object) -> None:
    @program(f"tv.{name}")
    def build():
        import torchvision

        return torchvision.models.get_model(name, weights=None, **options), (image(96),), {}


for name in (
    "resnet18",
    "resnet50",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "efficientnet_b0",
    "shufflenet_v2_x1_0",
    "densenet121",
    "convnext_tiny",
    "swin_t",
):
    torchvision_model(name)
torchvision_model("lraspp_mobilenet_v3_large", weights_backbone=None)


@program("tv.r3d_18")
def video_classifier():
    from torchvision.models import video

    return video.r3d_18(weights=None), (torch.randn(1, 3, 8, 56, 56),), {}


def timm_model(name: str, size: int) -> None:
    @program(f"timm.{name}")
    def build():
        import timm

        return timm.create_model(name, pretrained=False), (image(size),), {}


for name, size in {
    "vit_tiny_patch16_224": 224,
    "mobilenetv4_conv_small": 96,
    "repvit_m0_9": 96,
    "fastvit_t8": 128,
    "mobilevit_xxs": 128,
    "edgenext_xx_small": 128,
    "levit_128s": 224,
    "mixer_s16_224": 224,
}.items():
    timm_model(name, size)


# Transformers: two layers of 64 features with four heads each.

ENCODER = {
    "vocab_size": VOCABULARY,
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 128,
}
VISION = {
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 128,
    "image_size": 32,
    "patch_size": 8,
}
SPECIAL_TOKENS = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}


def tokens() -> torch.Tensor:
    return torch.randint(3, VOCABULARY, (1, TOKENS))


def all_tokens_count() -> torch.Tensor:
    return torch.ones(1, TOKENS, dtype=torch.long)


def transformer(name: str, model: str, configuration: str, options: dict, inputs: Callable[[], dict], part: str = ""):
    """A model of the transformers library by the names of its classes; `part` names the submodule that is captured."""

    @program(f"hf.{name}")
    def build():
        import transformers

        module = getattr(transformers, model)(getattr(transformers, configuration)(**options)).eval()
        return module.get_submodule(part), (), inputs()


def token_inputs() -> dict:
    return {"input_ids": tokens()}


def masked_token_inputs() -> dict:
    return {"input_ids": tokens(), "attention_mask": all_tokens_count()}


def pixel_inputs() -> dict:
    return {"pixel_values": image(VISION["image_size"])}


def token_and_pixel_inputs() -> dict:
    return {"input_ids": tokens()} | pixel_inputs() | {"attention_mask": all_tokens_count()}


transformer("bert", "BertModel", "BertConfig", ENCODER, masked_token_inputs)
transformer("vit", "ViTModel", "ViTConfig", VISION, pixel_inputs)
transformer(
    "distilbert",
    "DistilBertModel",
    "DistilBertConfig",
    {"vocab_size": VOCABULARY, "dim": 64, "n_layers": 2, "n_heads": 4, "hidden_dim": 128},
    masked_token_inputs,
)
transformer(
    "gpt2",
    "GPT2LMHeadModel",
    "GPT2Config",
    {
        "vocab_size": VOCABULARY,
        "n_embd": 64,
        "n_layer": 2,
        "n_head": 4,
        "n_positions": 64,
        "use_cache": False,
        "bos_token_id": 1,
        "eos_token_id": 2,
    },
    token_inputs,
)
transformer(
    "llama",
    "LlamaForCausalLM",
    "LlamaConfig",
    ENCODER | SPECIAL_TOKENS | {"num_key_value_heads": 2, "max_position_embeddings": 256, "use_cache": False},
    token_inputs,
)
transformer(
    "t5_enc",
    "T5EncoderModel",
    "T5Config",
    {"vocab_size": VOCABULARY, "d_model": 64, "d_kv": 16, "d_ff": 128, "num_layers": 2, "num_heads": 4},
    token_inputs,
)
transformer(
    "whisper_enc",
    "WhisperModel",
    "WhisperConfig",
    SPECIAL_TOKENS
    | {
        "vocab_size": VOCABULARY,
        "d_model": 64,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "encoder_ffn_dim": 128,
        "decoder_ffn_dim": 128,
        "num_mel_bins": 40,
        "max_source_positions": 50,
        "max_target_positions": 32,
        "use_cache": False,
        "decoder_start_token_id": 1,
    },
    lambda: {"input_features": torch.randn(1, 40, 100)},
    part="encoder",
)
transformer(
    "clip",
    "CLIPModel",
    "CLIPConfig",
    {
        "text_config": ENCODER | SPECIAL_TOKENS | {"max_position_embeddings": 32},
        "vision_config": VISION,
        "projection_dim": 32,
    },
    token_and_pixel_inputs,
)
transformer(
    "wav2vec2",
    "Wav2Vec2Model",
    "Wav2Vec2Config",
    {
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 128,
        "conv_dim": [32] * 7,
        "num_conv_pos_embeddings": 16,
        "num_conv_pos_embedding_groups": 4,
    },
    lambda: {"input_values": torch.randn(1, 4000)},
)


# Models as people write them by hand.


@program("hand.kws_dscnn")
def keyword_spotting():
    return hand.KeywordSpotter(), (torch.randn(1, 1, 49, 10),), {}


@program("hand.unet")
def segmentation():
    return hand.UNet(), (image(64),), {}


@program("hand.handpose")
def hand_pose():
    return hand.HandPose(), (image(128),), {}


@program("hand.conformer")
def speech_encoder():
    return hand.Conformer(), (torch.randn(1, 64, 40), torch.tensor([60])), {}


@program("hand.lstm_stream")
def recurrent_stream():
    state = (torch.zeros(2, 1, 48), torch.zeros(2, 1, 48))
    return hand.RecurrentStream(), (torch.randn(1, 10, 40), state), {}


@program("hand.stateful_conv")
def stateful_convolution():
    return hand.StatefulConvolution(), (torch.randn(1, 16, 8),), {}


@program("hand.kv_attn")
def cached_attention():
    return hand.CachedAttention(), (torch.randn(1, 1, 32), torch.tensor([3])), {}


@program("hand.ssd_decode")
def detection():
    return hand.Detector(), (image(64),), {}
