using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>Bytes as tokens: id = UTF-8 byte. For models without a trained tokenizer.</summary>
internal sealed class ByteModel() : TokenModel(new Vocabulary(
    Enumerable.Range(0, 256).Select(b => KeyValuePair.Create($"<0x{b:X2}>", b))))
{
    public override void Encode(string piece, List<int> ids)
    {
        foreach (byte b in Encoding.UTF8.GetBytes(piece))
        {
            ids.Add(b);
        }
    }
}
