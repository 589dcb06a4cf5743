from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0004_started"),
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
                    ("backup", "Backup"),
                    ("recovery", "Recovery"),
                ],
                default="import",
                max_length=10,
            ),
        ),
    ]
