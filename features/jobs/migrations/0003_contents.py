from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0002_numbering"),
    ]

    operations = [
        migrations.AlterField(
            model_name="job",
            name="task",
            field=models.CharField(
                choices=[
                    ("import", "Import"),
                    ("schema", "Schema"),
                    ("restore", "Restore"),
                    ("clone", "Clone"),
                    ("numbering", "Numbering"),
                    ("contents", "Contents"),
                    ("download", "Download"),
                ],
                default="import",
                max_length=10,
            ),
        ),
    ]
