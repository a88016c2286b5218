Console.WriteLine("mllmc");
