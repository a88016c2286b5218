using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Mllm.Compiler.Import;

/// <summary>Finds the keys of a configuration that may change the computation and that a <c>config</c> section does not read.</summary>
internal static class UnreadKeys
{
    /// <summary>
    /// Keys that say nothing about what a trained model computes, in the configuration of any model: bookkeeping of the library that wrote it, dropout and
    /// initialisation, special tokens (a section that needs one reads it), how answers are sampled. What a single family has of the kind stands in the
    /// <c>ignore</c> of its section.
    /// </summary>
    private static readonly FrozenSet<string> Bookkeeping = new[]
    {
        // The library and its files.
        "architectures", "auto_map", "model_type", "name_or_path", "tokenizer_class", "torch_dtype", "dtype", "torchscript", "transformers_version", "use_bfloat16",
        "use_cache", "use_flash_attention", "attn_implementation", "pretraining_tp", "gradient_checkpointing", "low_cpu_mem_usage", "finetuning_task", "problem_type",
        "task_specific_params", "id2label", "label2id", "num_labels", "keys_to_ignore_at_inference", "use_return_dict", "return_dict", "output_attentions",
        "output_hidden_states", "output_scores", "return_dict_in_generate", "tf_legacy_loss", "ignore_index", "max_window_layers",
        // Training.
        "initializer_range", "initializer_factor", "init_std", "layerdrop", "drop_path_rate", "classifier_dropout", "label_smoothing", "freeze_vision_layers",
        "attn_pdrop", "embd_pdrop", "resid_pdrop", "emb_pdrop", "summary_activation", "summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj",
        // Special tokens.
        "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "cls_token_id", "unk_token_id", "mask_token_id", "decoder_start_token_id",
        "forced_bos_token_id", "forced_eos_token_id", "bad_words_ids", "suppress_tokens", "begin_suppress_tokens", "prefix",
        // Sampling.
        "do_sample", "early_stopping", "max_length", "min_length", "max_new_tokens", "num_beams", "num_beam_groups", "num_return_sequences", "diversity_penalty",
        "exponential_decay_length_penalty", "length_penalty", "repetition_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "remove_invalid_values",
        "temperature", "top_k", "top_p", "typical_p", "max_txt_len",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Keys that name something which no model here does, with the values that leave it out.</summary>
    private static readonly FrozenDictionary<string, string> Neutral = new Dictionary<string, string>
    {
        ["add_cross_attention"] = "false", ["chunk_size_feed_forward"] = "0", ["is_decoder"] = "false", ["is_encoder_decoder"] = "false",
        ["tie_encoder_decoder"] = "false", ["use_sliding_window"] = "false", ["output_past"] = "true", ["position_embedding_type"] = "\"absolute\"",
        ["num_channels"] = "3", ["partial_rotary_factor"] = "1.0", ["residual_dropout"] = "0.0",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static ImmutableArray<ConfigNode> Find(ConfigNode root, ConfigReads reads)
    {
        return [.. In(root)];

        IEnumerable<ConfigNode> In(ConfigNode node) => node.Members.SelectMany(member =>
            member.IsNothing || reads.Mentions.Any(m => m.Covers(member.Path)) || reads.Ignored.Any(i => Matches(i, member.Path)) ? []
            : reads.Mentions.Any(m => m.IsInside(member.Path)) ? In(member)
            : SaysNothing(member) ? []
            : (IEnumerable<ConfigNode>)[member]);
    }

    /// <summary>Whether a pattern means a path, or an object around it; <c>*</c> stands for any characters.</summary>
    private static bool Matches(string pattern, string path) =>
        Regex.IsMatch(path, $@"\A{Regex.Escape(pattern).Replace(@"\*", ".*")}(\.|\z)", RegexOptions.NonBacktracking);

    private static bool SaysNothing(ConfigNode node)
    {
        var key = node.Path[(node.Path.LastIndexOf('.') + 1)..];
        return key.StartsWith('_') || key.Contains("dropout", StringComparison.Ordinal) || Bookkeeping.Contains(key) || Neutral.GetValueOrDefault(key) == node.Span.Text;
    }
}
